from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        from audit import erasure, restores
        from audit.actions import register_actions
        from audit.database_roles import grant_product_role

        register_actions(erasure.ACTIONS, erasure.SUBJECTS)
        register_actions(restores.ACTIONS, restores.SUBJECTS)
        post_migrate.connect(grant_product_role, sender=self)
