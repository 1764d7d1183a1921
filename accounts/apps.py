from django.apps import AppConfig

from audit.actions import register_actions
from core.customer_data import register_customer_tables


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from allauth.core.internal import ratelimit

        from accounts import rate_limits, signals  # models can be imported only now
        from accounts.actions import ACTIONS, SUBJECTS
        from accounts.customer_tables import TABLES
        from accounts.endings import register_endings
        from accounts.retention import RULES
        from accounts.services.deactivation import OWN_ENDINGS
        from core.retention import register_rules

        register_actions(ACTIONS, SUBJECTS)
        register_customer_tables(TABLES)
        register_rules(RULES)
        register_endings(OWN_ENDINGS)
        signals.connect()
        ratelimit.cache_lock = rate_limits.lock_for_allauth
