from django.apps import AppConfig


class StoresConfig(AppConfig):
    name = "pushcart.stores"
    label = "stores"
