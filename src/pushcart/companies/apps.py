from django.apps import AppConfig


class CompaniesConfig(AppConfig):
    name = "pushcart.companies"
    label = "companies"
