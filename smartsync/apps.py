from django.apps import AppConfig

from audit.actions import register_actions


class SmartsyncConfig(AppConfig):
    name = "smartsync"

    def ready(self) -> None:
        from smartsync.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now

        register_actions(ACTIONS, SUBJECTS)
