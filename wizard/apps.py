from django.apps import AppConfig

from audit.actions import register_actions


class WizardConfig(AppConfig):
    name = "wizard"

    def ready(self) -> None:
        from wizard.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now

        register_actions(ACTIONS, SUBJECTS)
