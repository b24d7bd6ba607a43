from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "pushcart.api"
    label = "api"
