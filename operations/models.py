from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from wizard.models import Connection


class SavedView(models.Model):
    """A filtered board that a user saved. `query` is the address's part after the question mark."""

    NAME_LENGTH = 40

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    query = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "name"], name="one_view_per_user_and_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Note(models.Model):
    """A note of Beanworks staff about a connection. Customers never see it."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.CharField(_("note"), max_length=2000)
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="note_has_a_text")]

    def __str__(self) -> str:
        return self.text[:60]


class FollowUp(models.Model):
    """When Beanworks contacts a customer next, and until which day a connection does not count as stuck.

    Days are those of the user who reads them. A snooze ends on its day, or earlier if the connection breaks.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="follow_up")
    contact_on = models.DateField(null=True, db_index=True)
    snoozed_until = models.DateField(null=True, db_index=True)
    snoozed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True, snoozed_at__isnull=True)
                | Q(snoozed_until__isnull=False, snoozed_at__isnull=False),
                name="snooze_has_a_start_and_an_end",
            )
        ]

    def __str__(self) -> str:
        return f"follow-up of {self.connection}"
