from django.apps import AppConfig

from audit.actions import register_actions


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        from api.actions import ACTIONS, SUBJECTS  # texts can be imported only now

        register_actions(ACTIONS, SUBJECTS)
