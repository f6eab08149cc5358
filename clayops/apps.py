from django.apps import AppConfig


class ClayOpsConfig(AppConfig):
    name = "clayops"

    def ready(self) -> None:
        """Live parts hear of what is written to the database."""
        from django.db.backends.signals import connection_created

        from clayops.base import pulse

        connection_created.connect(pulse.watch, dispatch_uid="clayops.base.pulse")
