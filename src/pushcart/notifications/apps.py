from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "pushcart.notifications"
    label = "notifications"
