from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "pushcart.catalog"
    label = "catalog"
