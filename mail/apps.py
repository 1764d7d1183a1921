from django.apps import AppConfig

from audit.actions import register_actions
from core.customer_data import register_customer_tables


class MailConfig(AppConfig):
    name = "mail"

    def ready(self) -> None:
        from core.retention import register_rules
        from mail.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now
        from mail.customer_tables import TABLES
        from mail.kinds import ACCOUNT, register_email_kinds
        from mail.retention import RULES

        register_actions(ACTIONS, SUBJECTS)
        register_customer_tables(TABLES)
        register_rules(RULES)
        register_email_kinds([ACCOUNT])
