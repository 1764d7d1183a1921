"""Prepare what every process needs at its start."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    """Register, for every new database connection, how its values are read."""

    name = "core"

    def ready(self) -> None:
        from core import expiry  # models can be imported only now
        from core.json_loader import read_every_number
        from core.retention import register_rules
        from core.timestamps import read_every_timestamp

        connection_created.connect(read_every_timestamp)
        connection_created.connect(read_every_number)
        register_rules(expiry.RULES)
