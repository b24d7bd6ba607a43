from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "pushcart.inventory"
    label = "inventory"
