from django.apps import AppConfig

from audit.actions import register_actions
from core.customer_data import register_customer_tables


class SmartsyncConfig(AppConfig):
    name = "smartsync"

    def ready(self) -> None:
        from core.retention import register_rules
        from mail.kinds import register_email_kinds, register_notification_kinds
        from smartsync.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now
        from smartsync.customer_tables import TABLES
        from smartsync.email_kinds import EMAIL_KINDS, NOTIFICATION_KINDS
        from smartsync.retention import RULES
        from smartsync.services.runs import runs_end
        from wizard.signals import syncing_ended

        register_actions(ACTIONS, SUBJECTS)
        register_customer_tables(TABLES)
        register_rules(RULES)
        register_email_kinds(EMAIL_KINDS)
        register_notification_kinds(NOTIFICATION_KINDS)
        syncing_ended.connect(runs_end)
