from django.apps import AppConfig

from audit.actions import register_actions


class SmartsyncConfig(AppConfig):
    name = "smartsync"

    def ready(self) -> None:
        from mail.kinds import register_email_kinds
        from smartsync.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now
        from smartsync.email_kinds import EMAIL_KINDS

        register_actions(ACTIONS, SUBJECTS)
        register_email_kinds(EMAIL_KINDS)
