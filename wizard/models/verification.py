from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import ClassVar

from django.db import models, transaction
from django.db.models import BooleanField, ExpressionWrapper, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.constraints import json_object, json_texts, known_value
from core.leases import ACTIVE, LeasedRow, LeasedRowQuerySet, State
from core.text import shorten
from intacct.catalogue import Permission
from wizard.diagnoses import ADVICE, TEMPORARY
from wizard.models.connection import Connection

# The check that stops a verification if Intacct does not answer, or answers in a way we do not know.
GATEWAY = "gateway"
# The check that stops it if Intacct refuses the user or the password.
SIGN_IN = "sign_in"
# The checks of the sign-in, in order: the ones before a failed one have passed. If one failed, nothing else was asked.
SIGN_IN_CHECKS = (GATEWAY, "company", "sender", SIGN_IN)


def permission_check(permission: Permission) -> str:
    """The slug of a permission's check. Permissions that form one requirement have one check."""
    return f"perm.{permission.any_of or permission.slug}"


def dimension_check(object_name: str) -> str:
    """The slug of a user-defined dimension's check. The customer chose the name; the column takes 120 characters."""
    return f"perm.dimension.{shorten(object_name, 100)}"


class Outcome(models.TextChoices):
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    NOT_APPLICABLE = "not_applicable", _("Does not apply")
    CANNOT_TELL = "cannot_tell", _("Cannot check")
    BLOCKED = "blocked", _("Not checked")


GOOD_OUTCOMES = (Outcome.PASSED, Outcome.NOT_APPLICABLE)
PROBLEM_OUTCOMES = (Outcome.FAILED, Outcome.CANNOT_TELL)
"""The most serious one first, as pages list them."""


AT_ONCE = 2
"""Verifications of one Intacct company at the same time. It answers two requests at once, so more would only wait."""


class VerificationQuerySet(LeasedRowQuerySet["Verification"]):
    @transaction.atomic
    def claim_next(self, pk: int) -> "Verification | None":
        """Claim it, unless `AT_ONCE` others of its company run already, so that other companies get workers too."""
        company = Connection.objects.filter(verifications=pk).values_list("company_id", flat=True).first()
        # Lock the rows, so that workers that claim at the same time count one after the other.
        locked = Connection.objects.of_company(company).select_for_update(no_key=True)
        connections = list(locked.values_list("pk", flat=True))
        leased = self.leased().exclude(pk=pk).filter(connection__in=connections)
        return None if leased.count() >= AT_ONCE else self.claim(pk)

    def end(self) -> None:
        """End active ones without their answers. A worker that has one finds its lease lost.

        Earlier findings still count, as if only the gateway had been asked.
        """
        self.active().update(state=State.DONE, finished_at=timezone.now(), checks=[GATEWAY])

    def latest_of(self, connection: Connection) -> "Verification | None":
        return self.filter(connection=connection).order_by("-pk").first()

    def complete(self) -> "VerificationQuerySet":
        """Those that asked every check, and could sign in to do so."""
        return self.filter(checks=[], state=State.DONE).exclude(blocker__in=SIGN_IN_CHECKS)

    def standing(self) -> "VerificationQuerySet":
        """Verifications of credentials that are or were in use, unlike those of a replacement that failed."""
        return self.filter(is_current=True)


class Verification(LeasedRow):
    """One run of the checks of a connection. `checks` names the requested ones; empty means all of them."""

    task = "wizard.tasks.verification_run"

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="verifications")
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    checks = models.JSONField(default=list)
    # Not blank: it tries new credentials, with this user ID, of a connection in use (see services.credentials). Until
    # they replace the current ones (`is_current`), its findings do not count for the connection.
    new_user_id = models.CharField(max_length=80, blank=True, default="", db_default="")
    is_current = models.BooleanField(default=True, db_default=True)
    # The check that stopped the verification, if one did.
    blocker = models.CharField(max_length=80, blank=True)
    # The earlier verification with the same results: this one stored none. Between both there are only others that
    # refer to it too, so its findings are in the right order. `wizard.retention` keeps it as long as this row.
    same_as = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="repetitions", db_index=False)

    objects: ClassVar[VerificationQuerySet] = VerificationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            known_value("verification_state_is_known", "state", State.values),
            json_texts("verification_checks_are_texts", "checks"),
            models.UniqueConstraint(
                fields=["connection"], condition=Q(state__in=ACTIVE), name="one_active_verification_per_connection"
            ),
            models.CheckConstraint(
                condition=Q(is_current=True) | ~Q(new_user_id=""), name="only_new_credentials_are_not_current"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["same_as", "id"], condition=Q(same_as__isnull=False), name="verification_by_same_as"),
            models.Index(fields=["finished_at"], condition=Q(state="done"), name="done_verification_by_end"),
        ]

    def __str__(self) -> str:
        return f"verification {self.pk} of {self.connection}"

    @property
    def outcome(self) -> str:
        return "blocked" if self.blocker else "done"

    def results(self) -> "FindingQuerySet":
        """Its findings, stored with it or with an earlier verification that had the same."""
        return Finding.objects.filter(verification=self.same_as_id or self.pk)

    def ended_within(self, duration: timedelta) -> bool:
        """Return whether it ended less than `duration` ago."""
        return self.finished_at is not None and timezone.now() - self.finished_at < duration

    @property
    def refusal(self) -> str:
        """An ID of the refusal of new credentials. `Connection.refusal` is that of the current ones."""
        return f"verification {self.pk}"


# Findings without an answer about the company: not asked because the sign-in failed, or not answered this time.
WITHOUT_ANSWER = Q(outcome=Outcome.BLOCKED) | Q(outcome=Outcome.CANNOT_TELL, cause__in=TEMPORARY)


# The verification that stored the results of a verification.
OWNER = Coalesce("same_as", "pk")


# Django takes a millisecond to resolve the names of these queries. They are made once and never evaluated themselves.
@cache
def _last_complete() -> QuerySet[Verification, tuple[int, int]]:
    """The last complete verification with the current credentials, of each connection."""
    return _current().complete().values_list("connection").annotate(Max("pk"))


@cache
def _owners() -> QuerySet[Verification, tuple[int, int, int]]:
    """Verifications with the current credentials: key, connection, and the one that stored its results."""
    return _current().values_list("pk", "connection", OWNER)


def _current() -> VerificationQuerySet:
    return Verification.objects.standing().filter(created_at__gte=F("connection__credentials_saved_at"))


class FindingQuerySet(models.QuerySet["Finding"]):
    def current(self, connection: Connection) -> "FindingQuerySet":
        """For each check, the newest finding that has an answer for the current credentials; else the newest finding.

        A complete verification replaces all findings before it, so that a check it no longer asks, such as that of a
        deleted dimension, disappears. If the sign-in stopped a verification, earlier findings still count.
        """
        if connection.credentials_saved_at is None:
            return self.none()
        verifications = Verification.objects.standing().filter(
            connection=connection, created_at__gte=connection.credentials_saved_at
        )
        last_complete = verifications.complete().order_by("-pk").values("pk")[:1]
        newest = verifications.filter(pk__gte=Coalesce(Subquery(last_complete), 0))
        return self.filter(verification__in=newest.values(owner=OWNER)).one_of_each_check()

    def current_of_each(self, connections: Sequence[Connection]) -> "FindingQuerySet":
        """What `current` returns for each of these connections, with three queries."""
        last_complete = dict(_last_complete().filter(connection__in=connections))
        may_count = Q(pk__gte=min(last_complete.values(), default=0)) | ~Q(connection__in=last_complete)
        rows = _owners().filter(may_count, connection__in=connections)
        newest = [owner for pk, connection, owner in rows if pk >= last_complete.get(connection, 0)]
        return self.filter(verification__in=newest).select_related("verification").one_of_each_check()

    def one_of_each_check(self) -> "FindingQuerySet":
        """For each check of a connection, the newest finding with an answer; else the newest one."""
        return (
            self.with_repeated_at()
            .annotate(is_without_answer=ExpressionWrapper(WITHOUT_ANSWER, BooleanField()))
            .order_by("verification__connection_id", "check_slug", "is_without_answer", "-verification_id")
            .distinct("verification__connection_id", "check_slug")
        )

    def with_repeated_at(self) -> "FindingQuerySet":
        """Add when the newest verification ended that had the same results as the one that stored the finding."""
        repetitions = Verification.objects.filter(same_as=OuterRef("verification")).order_by("-pk")
        return self.annotate(repeated_at=Subquery(repetitions.values("finished_at")[:1]))

    def last_answers_before(self, verification: Verification) -> "FindingQuerySet":
        """The last finding of each check that passed or failed, before this verification."""
        earlier = self.filter(
            verification__connection=verification.connection_id,
            verification__lt=verification.pk,
            verification__is_current=True,
        )
        with_answer = earlier.filter(outcome__in=(Outcome.PASSED, Outcome.FAILED)).with_repeated_at()
        return with_answer.order_by("check_slug", "-verification_id").distinct("check_slug")


class Finding(models.Model):
    """Intacct's answer to one check. `cause` names the diagnosis. `facts` fill its text and hold Intacct's words."""

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

    @property
    def checked_at(self) -> datetime:
        """When Intacct last gave this answer. `at` is when it gave it first."""
        repeated_at: datetime | None = getattr(self, "repeated_at", None)  # set by `with_repeated_at`
        return repeated_at or self.at

    @property
    def is_confirmable(self) -> bool:
        """Whether a user who looks in Intacct can answer this check, because we cannot."""
        return self.outcome == Outcome.CANNOT_TELL and self.cause not in TEMPORARY | ADVICE
