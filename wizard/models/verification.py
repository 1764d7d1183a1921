from typing import ClassVar

from django.db import models, transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.constraints import json_object, json_texts, known_value
from core.text import bounded
from leases import ACTIVE, LeasedRow, LeasedRowQuerySet, State
from wizard.causes import TEMPORARY
from wizard.models.connection import Connection

# The check that stops a verification when Intacct does not answer, or not in a way we know.
GATEWAY = "gateway"
# The one that stops it when Intacct refuses the user or the password.
SIGN_IN = "sign_in"
# Who stops the sign-in tells how far it came: those before are proved. Where one failed, nothing else was asked.
RUNGS = (GATEWAY, "company", "sender", SIGN_IN)


def dimension_check(object_name: str) -> str:
    """The slug of the check of a user-defined dimension, whose name the customer chose. The column takes 120."""
    return f"perm.dimension.{bounded(object_name, 100)}"


class Outcome(models.TextChoices):
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    NOT_APPLICABLE = "not_applicable", _("Not applicable")
    CANNOT_TELL = "cannot_tell", _("Cannot tell")
    BLOCKED = "blocked", _("Not checked yet")


AT_ONCE = 2
"""Verifications of one Intacct company: it answers two requests at once, so more would only wait."""


class VerificationQuerySet(LeasedRowQuerySet["Verification"]):
    @transaction.atomic
    def claim_turn(self, pk: int) -> "Verification | None":
        """Claim it, unless enough others of its Intacct company are worked on: they would keep workers from others."""
        company = Connection.objects.filter(verifications=pk).values_list("company_id", flat=True).first()
        connections = Connection.objects.of_company(company)
        # Of several that come at once, the others wait here.
        bool(connections.select_for_update(no_key=True))
        held = self.held().exclude(pk=pk).filter(connection__in=connections)
        return None if held.count() >= AT_ONCE else self.claim(pk)

    def latest_of(self, connection: Connection) -> "Verification | None":
        return self.filter(connection=connection).order_by("-pk").first()

    def standing(self) -> "VerificationQuerySet":
        """Those that speak of credentials in use, now or then."""
        return self.filter(stands=True)


class Verification(LeasedRow):
    """One run of the check ladder over a connection. `checks` empty: all of them; else only those named."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="verifications")
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    checks = models.JSONField(default=list)
    # Not blank: it proves new credentials of a connection in use, with this user ID (see services.replacing). While
    # they do not stand in the place of the old ones, what it finds does not speak of the connection.
    new_user_id = models.CharField(max_length=80, blank=True, default="", db_default="")
    stands = models.BooleanField(default=True, db_default=True)
    # The check that stopped the ladder, if one did.
    blocker = models.CharField(max_length=80, blank=True)

    objects: ClassVar[VerificationQuerySet] = VerificationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            known_value("verification_state_is_known", "state", State.values),
            json_texts("verification_checks_are_texts", "checks"),
            models.UniqueConstraint(
                fields=["connection"], condition=Q(state__in=ACTIVE), name="one_active_verification_per_connection"
            ),
            models.CheckConstraint(
                condition=Q(stands=True) | ~Q(new_user_id=""), name="only_new_credentials_do_not_stand"
            ),
        ]

    def __str__(self) -> str:
        return f"verification {self.pk} of {self.connection}"

    @property
    def refusal(self) -> str:
        """Which refusal of new credentials: see `Connection.refusal` for those in use."""
        return f"verification {self.pk}"


# What knows nothing of the company: not asked, because the sign-in was stopped, or not answered this time.
IGNORANT = Q(outcome=Outcome.BLOCKED) | Q(outcome=Outcome.CANNOT_TELL, cause__in=TEMPORARY)


class FindingQuerySet(models.QuerySet["Finding"]):
    def current(self, connection: Connection) -> "FindingQuerySet":
        """The newest finding of each check that knows something of the credentials in use; else the newest.

        A whole ladder that came to its end takes the place of all before it: what it no longer asks, like a dimension
        that is gone, is no longer found. Where the sign-in stopped it, what was known before still counts.
        """
        if connection.credentials_at is None:
            return self.none()
        told = Verification.objects.standing().filter(connection=connection, created_at__gte=connection.credentials_at)
        whole = told.filter(checks=[], state=State.DONE).exclude(blocker__in=RUNGS).order_by("-pk").values("pk")[:1]
        return (
            self.filter(verification__in=told, verification_id__gte=Coalesce(Subquery(whole), 0))
            .annotate(is_ignorant=ExpressionWrapper(IGNORANT, BooleanField()))
            .order_by("check_slug", "is_ignorant", "-verification_id")
            .distinct("check_slug")
        )

    def told_before(self, verification: Verification) -> "FindingQuerySet":
        """What each check last said, yes or no, before this verification."""
        earlier = self.filter(
            verification__connection=verification.connection_id,
            verification__lt=verification.pk,
            verification__stands=True,
        )
        told = earlier.filter(outcome__in=(Outcome.PASSED, Outcome.FAILED))
        return told.order_by("check_slug", "-verification_id").distinct("check_slug")


class Finding(models.Model):
    """Intacct's answer to one check. `cause` names the diagnosis; `facts` fill its words and hold the raw texts."""

    verification = models.ForeignKey(Verification, on_delete=models.CASCADE, related_name="findings")
    check_slug = models.CharField(max_length=120)
    stage = models.CharField(max_length=40)
    position = models.PositiveIntegerField()
    outcome = models.CharField(max_length=20, choices=Outcome)
    cause = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            known_value("finding_outcome_is_known", "outcome", Outcome.values),
            json_object("finding_facts_are_an_object", "facts"),
            models.UniqueConstraint(fields=["verification", "check_slug"], name="check_once_per_verification"),
            models.CheckConstraint(
                condition=~Q(outcome__in=["failed", "cannot_tell"]) | ~Q(cause=""), name="no_failure_without_a_cause"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_slug}: {self.outcome}"
