from django.apps import AppConfig


class MessagesConfig(AppConfig):
    name = "pushcart.messages"
    # Django's own messages framework has the plain name.
    label = "threads"
