from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "pushcart.visits"
    label = "visits"
