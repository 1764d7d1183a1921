from django.apps import AppConfig

from audit.actions import register_actions


class WizardConfig(AppConfig):
    name = "wizard"

    def ready(self) -> None:
        from accounts.endings import register_endings
        from mail.kinds import register_email_kinds
        from wizard.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now
        from wizard.email_kinds import EMAIL_KINDS
        from wizard.services.endings import ENDINGS

        register_actions(ACTIONS, SUBJECTS)
        register_email_kinds(EMAIL_KINDS)
        register_endings(ENDINGS)
