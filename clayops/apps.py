from django.apps import AppConfig
from django.db.backends.signals import connection_created

from clayops.base import pulse


class ClayOpsConfig(AppConfig):
    name = "clayops"

    def ready(self) -> None:
        """Live parts hear of what is written to the database."""
        connection_created.connect(pulse.watch, dispatch_uid="clayops.pulse")
