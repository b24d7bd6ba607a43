from django.apps import AppConfig


class WorkerConfig(AppConfig):
    name = "pushcart.worker"
    label = "worker"
