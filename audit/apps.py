from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit.actions import register_actions
        from audit.database_roles import grant_product_role
        from audit.erasure import ACTIONS, SUBJECTS

        register_actions(ACTIONS, SUBJECTS)
        post_migrate.connect(grant_product_role, sender=self)
