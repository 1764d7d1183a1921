from typing import ClassVar

from django.db import models
from django.db.models import F

from wizard.models.connection import Connection


class ConfirmationQuerySet(models.QuerySet["Confirmation"]):
    def of_current_user(self, *connections: Connection) -> "ConfirmationQuerySet":
        """Leaves out what was confirmed for another company or another Web Services user."""
        return self.filter(
            connection__in=connections,
            company_id__iexact=F("connection__company_id"),
            user_id=F("connection__user_id"),
        )


class Confirmation(models.Model):
    """A user looked in Intacct at what a check could not find out, and it is as it must be.

    It counts while the check has no answer: a failure deletes it, and after a pass nothing asks for it.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="confirmations")
    check_slug = models.CharField(max_length=120)
    stage = models.CharField(max_length=40)
    # Whose settings were looked at.
    company_id = models.CharField(max_length=80)
    user_id = models.CharField(max_length=80)
    confirmed_by = models.CharField(max_length=200)
    confirmed_at = models.DateTimeField(auto_now=True)

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "check_slug"], name="confirmation_once_per_check")
        ]

    def __str__(self) -> str:
        return f"{self.check_slug} of {self.connection}, confirmed by {self.confirmed_by}"
