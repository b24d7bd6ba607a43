from django.apps import AppConfig


class StationConfig(AppConfig):
    name = "pushcart.station"
    label = "station"
