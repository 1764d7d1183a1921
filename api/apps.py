from django.apps import AppConfig

from audit.actions import register_actions
from core.customer_data import register_customer_tables


class ApiConfig(AppConfig):
    name = "api"

    def ready(self) -> None:
        from accounts.endings import register_endings
        from api.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now
        from api.customer_tables import TABLES
        from api.email_kinds import EMAIL_KINDS, NOTIFICATION_KINDS
        from api.keys import ENDING
        from api.retention import RULES
        from api.webhooks.triggers import notice
        from audit.services import events_recorded
        from core.retention import register_rules
        from mail.kinds import register_email_kinds, register_notification_kinds

        register_actions(ACTIONS, SUBJECTS)
        register_customer_tables(TABLES)
        register_rules(RULES)
        register_email_kinds(EMAIL_KINDS)
        register_notification_kinds(NOTIFICATION_KINDS)
        register_endings([ENDING])
        events_recorded.connect(notice)
