from django.apps import AppConfig


class ClayOpsConfig(AppConfig):
    name = "clayops"
