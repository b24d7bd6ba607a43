from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "pushcart.events"
    label = "events"
