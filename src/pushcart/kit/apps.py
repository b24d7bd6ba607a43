from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "pushcart.kit"
    label = "kit"

    def ready(self) -> None:
        from pushcart.kit import clock

        clock.use_settings()
