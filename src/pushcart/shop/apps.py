from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "pushcart.shop"
    label = "shop"
