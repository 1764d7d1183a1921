from django.apps import AppConfig
from django.db.models.signals import post_migrate

from audit.actions import register_actions
from core.customer_data import register_customer_tables


class OperationsConfig(AppConfig):
    name = "operations"

    def ready(self) -> None:
        from core.retention import register_rules
        from mail.kinds import register_email_kinds, register_notification_kinds
        from operations import occasion_notifications
        from operations.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now
        from operations.customer_tables import TABLES
        from operations.email_kinds import EMAIL_KINDS, NOTIFICATION_KINDS
        from operations.retention import RULES
        from operations.search_indexes import add_search_indexes

        register_actions(ACTIONS, SUBJECTS)
        register_customer_tables(TABLES)
        register_email_kinds(EMAIL_KINDS)
        register_rules(RULES)
        register_notification_kinds([*NOTIFICATION_KINDS, *occasion_notifications.NOTIFICATION_KINDS])
        post_migrate.connect(add_search_indexes, sender=self)
