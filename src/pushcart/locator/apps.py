from django.apps import AppConfig


class LocatorConfig(AppConfig):
    name = "pushcart.locator"
    label = "locator"
