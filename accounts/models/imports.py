"""Imports: a file of customers, legal entities or users, or typed invitations, and what each of the lines does."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.users import Customer, User
from core.constraints import json_object, known_value
from core.leases import LeasedRow, LeasedRowQuerySet, State
from core.text import Words

KINDS = ("customers", "legal_entities", "users", "invitations")
OUTCOMES = ("created", "changed", "unchanged", "failed")


class ImportQuerySet(LeasedRowQuerySet["Import"]):
    def visible_to(self, user: User) -> "ImportQuerySet":
        """Support sees all imports; a user who may invite sees the invitations of their own customer."""
        return self if user.is_support else self.filter(customer__users=user)


class Import(LeasedRow):
    """One file. A worker first finds out what each line would do; once that is confirmed, a worker does it.

    `invites`: new users are invited by email. Otherwise they are created without a password. `customer`: whose users
    typed lines invite. Such an import has no file.
    """

    class Kind(models.TextChoices):
        CUSTOMERS = "customers", _("Customers")
        LEGAL_ENTITIES = "legal_entities", _("Legal entities")
        USERS = "users", _("Users")
        INVITATIONS = "invitations", _("Invitations")

    task = "accounts.tasks.import_run"

    kind = models.CharField(max_length=20, choices=Kind)
    file_name = models.CharField(max_length=200, blank=True)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="imports")
    invites = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    objects: ClassVar[ImportQuerySet] = ImportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("import")
        constraints: ClassVar = [
            known_value("import_kind_is_known", "kind", KINDS),
            known_value("import_state_is_known", "state", State.values),
            models.CheckConstraint(
                condition=Q(kind="invitations", customer__isnull=False)
                | (~Q(kind="invitations") & Q(customer__isnull=True)),
                name="only_invitations_have_a_customer",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="import_by_time")]

    def __str__(self) -> str:
        return self.file_name or self.get_kind_display()

    @property
    def outcome_labels(self) -> dict[str, Words]:
        """What lines did, by outcome; before the import is confirmed, what they would do."""
        labels: dict[str, Words] = dict(ImportLine.Outcome.choices)
        invites = self.invites and self.kind in (self.Kind.USERS, self.Kind.INVITATIONS)
        if self.confirmed_at is None:
            labels["created"] = _("Will be invited") if invites else _("Will be added")
            labels["changed"] = _("Will be changed")
        elif invites:
            labels["created"] = _("Invited")
        return labels

    @property
    def is_planned(self) -> bool:
        """Whether the preview is complete and not confirmed yet."""
        return not self.is_active and self.confirmed_at is None and not self.failure


class ImportLine(models.Model):
    """One line. `plan`: what it would do, found out before it is confirmed; `outcome`: what it did.

    `changes`: the old and the new value of each field. `reason`: why it failed. `customer`: whom it is about, once that
    is known; the line is deleted with them, also if it has a former name of theirs.
    """

    class Outcome(models.TextChoices):
        CREATED = "created", pgettext_lazy("line of a file", "Added")
        CHANGED = "changed", pgettext_lazy("line of a file", "Changed")
        UNCHANGED = "unchanged", pgettext_lazy("line of a file", "Nothing to do")
        FAILED = "failed", pgettext_lazy("line of a file", "Error")

    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="+")
    cells = models.JSONField(default=dict)
    plan = models.CharField(max_length=10, choices=Outcome, blank=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    changes = models.JSONField(default=dict)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="one_row_per_line_of_an_import"),
            known_value("import_plan_is_known", "plan", OUTCOMES, blank=True),
            known_value("import_outcome_is_known", "outcome", OUTCOMES, blank=True),
            json_object("import_cells_are_an_object", "cells"),
            json_object("import_changes_are_an_object", "changes"),
        ]

    def __str__(self) -> str:
        return f"line {self.number} of {self.run_id}"

    @property
    def shown(self) -> str:
        """What it did; before that, what it would do."""
        return self.outcome or ("" if self.run.confirmed_at else self.plan)

    @property
    def shown_label(self) -> str:
        return str(self.run.outcome_labels[self.shown])
