from django.apps import AppConfig

from audit.actions import register_actions


class OperationsConfig(AppConfig):
    name = "operations"

    def ready(self) -> None:
        from operations.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now

        register_actions(ACTIONS, SUBJECTS)
