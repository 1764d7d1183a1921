from django.apps import AppConfig

from audit.actions import register_actions


class MailConfig(AppConfig):
    name = "mail"

    def ready(self) -> None:
        from mail.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now
        from mail.kinds import ACCOUNT, register_email_kinds

        register_actions(ACTIONS, SUBJECTS)
        register_email_kinds([ACCOUNT])
