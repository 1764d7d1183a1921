from django.apps import AppConfig

from audit.actions import register_actions
from core.customer_data import register_customer_tables


class WizardConfig(AppConfig):
    name = "wizard"

    def ready(self) -> None:
        from accounts.endings import register_endings
        from core.retention import register_rules
        from mail.kinds import register_email_kinds, register_notification_kinds
        from wizard.actions import ACTIONS, SUBJECTS  # texts and models can be imported only now
        from wizard.customer_tables import TABLES
        from wizard.email_kinds import EMAIL_KINDS, NOTIFICATION_KINDS
        from wizard.retention import RULES
        from wizard.services.endings import ENDINGS

        register_actions(ACTIONS, SUBJECTS)
        register_customer_tables(TABLES)
        register_rules(RULES)
        register_email_kinds(EMAIL_KINDS)
        register_notification_kinds(NOTIFICATION_KINDS)
        register_endings(ENDINGS)
