from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "pushcart.webhooks"
    label = "webhooks"
