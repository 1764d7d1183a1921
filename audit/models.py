from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def for_timeline(self, customer_id: int) -> "AuditEventQuerySet":
        return self.filter(customer_id=customer_id).order_by("-occurred_at", "-id")


class AuditEvent(models.Model):
    """Who did what, when, with what outcome. Insert-only: a trigger refuses UPDATE and DELETE (migration 0002).

    Customers, people and targets are kept by number and name, not by foreign key: the trail outlives what it tells of.
    """

    class Outcome(models.TextChoices):
        SUCCESS = "success", _("Success")
        REFUSED = "refused", _("Refused")
        FAILED = "failed", _("Failed")

    occurred_at = models.DateTimeField(auto_now_add=True, db_index=True)
    customer_id = models.BigIntegerField(null=True, db_index=True)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.SUCCESS)
    # Names of what changed and why, never values of secrets.
    metadata = models.JSONField(default=dict)

    objects = AuditEventQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.occurred_at:%Y-%m-%d %H:%M} {self.actor_name}: {self.action}"
