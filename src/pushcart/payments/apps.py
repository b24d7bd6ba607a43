from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "pushcart.payments"
    label = "payments"
