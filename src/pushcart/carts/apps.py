from django.apps import AppConfig


class CartsConfig(AppConfig):
    name = "pushcart.carts"
    label = "carts"
