from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    name = "pushcart.eligibility"
    label = "eligibility"
