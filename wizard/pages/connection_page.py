"""The page of a connection after its first sync: whether it works, what must be fixed, and what runs when."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Min
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.collation import Natural
from core.text import Words
from intacct.diagnosis import Who
from mail import recipients
from wizard.access import VisitorRequest, may_act
from wizard.missing import Kind, MissingItem
from wizard.models import Connection, SyncProfile, TestBill, Verification
from wizard.models.test_bill import DraftState
from wizard.pages.findings import CheckProgress, Group, check_progress, groups_of
from wizard.pages.results import Results, missing_of
from wizard.pages.steps import Step, steps_of
from wizard.pages.test_bill import DRAFT_NOTICES
from wizard.progress import StageStatus, stage_statuses
from wizard.stages import PROFILES_STAGE, SIGN_IN_STAGE


class EntityRow(NamedTuple):
    """A legal entity with its newest sync and the time of its next one.

    The wizard must not import SmartSync, so it reaches both through the profile.
    """

    profile: SyncProfile
    run: Any
    next_at: datetime | None


class ConnectionPage:
    def __init__(self, request: VisitorRequest, connection: Connection) -> None:
        self.connection, self.user = connection, request.user
        # Read before the findings: if it ends in between, the page shows it as active and polls again.
        self.verification = Verification.objects.latest_of(connection)
        self.acts = may_act(request.visitor)
        self.sign_in_stage, self.profiles_stage = SIGN_IN_STAGE, PROFILES_STAGE

    @cached_property
    def missing(self) -> list[MissingItem]:
        """What must be fixed or confirmed, without mere advice."""
        missing = missing_of(self.connection, self._statuses)
        return [item for item in missing if item.kind is not Kind.ADVICE]

    @cached_property
    def groups(self) -> Sequence[Group]:
        return groups_of(self.connection, self._statuses, self.verification)

    @cached_property
    def results(self) -> Results:
        return Results(self.missing, self.groups, self.verification)

    @cached_property
    def check_progress(self) -> CheckProgress:
        return check_progress(self.groups, self.verification)

    @property
    def problems(self) -> list[MissingItem]:
        return [item for item in self.missing if item.kind is Kind.FAILED]

    @property
    def to_fix(self) -> list[MissingItem]:
        """What failed or got no answer."""
        return [item for item in self.missing if item.kind is not Kind.TO_CONFIRM]

    @property
    def sign_in_problems(self) -> list[MissingItem]:
        return [item for item in self.problems if item.stage is SIGN_IN_STAGE]

    @property
    def must_reconnect(self) -> bool:
        """Whether the customer must act before the next sign-in. Otherwise a new check may be enough."""
        fixes = (item.who in (Who.CUSTOMER_ADMINISTRATOR, Who.INTACCT_ADMINISTRATOR) for item in self.sign_in_problems)
        return bool(self.connection.sign_in_block) or any(fixes)

    @property
    def fixed_here(self) -> str:
        """The step that the list of problems need not link to, because the page has a button for it."""
        return SIGN_IN_STAGE.slug if self.must_reconnect else ""

    @property
    def broken_since(self) -> datetime:
        return min(item.since for item in self.problems)

    @cached_property
    def checked_at(self) -> datetime | None:
        newest = Verification.objects.standing().filter(connection=self.connection, finished_at__isnull=False)
        return newest.order_by("-pk").values_list("finished_at", flat=True).first()

    @cached_property
    def entities(self) -> list[EntityRow]:
        profiles = self.connection.profiles.filter(state__in=SyncProfile.OPEN)
        next_times = dict(profiles.order_by().values_list("pk").annotate(Min("schedules__next_at")))
        return [
            EntityRow(profile, profile.runs.order_by("-pk").first(), next_times[profile.pk])
            for profile in profiles.select_related("legal_entity").order_by(Natural("legal_entity__name"))
        ]

    @cached_property
    def ended(self) -> list[SyncProfile]:
        """Profiles that were revoked, or ended because the connection was disconnected for too long."""
        ended = self.connection.profiles.filter(state=SyncProfile.State.REVOKED).select_related("legal_entity")
        return list(ended.order_by(Natural("legal_entity__name"), "-pk"))

    @property
    def profiles_with_lists(self) -> list[SyncProfile]:
        """Those whose lists a disconnected connection still shows, or has removed."""
        return [row.profile for row in self.entities] + self.ended

    @property
    def kept_days(self) -> int:
        return int(settings.ENDED_LISTS_DAYS)

    @property
    def can_disconnect(self) -> bool:
        return self.acts or self.user.is_support

    @property
    def can_add_legal_entity(self) -> bool:
        return self.acts and SyncProfile.objects.free_legal_entities(self.connection.customer_id).exists()

    @property
    def is_waiting(self) -> bool:
        """Whether the page may change while it is open."""
        return self.results.is_checking or any(row.run and row.run.is_active for row in self.entities)

    @property
    def poll_seconds(self) -> int:
        return 1 if self.results.is_checking else 5

    @property
    def poll_url(self) -> str:
        return f"{resolve_url('wizard:connection', self.connection.pk)}?shown={self.shown}"

    @property
    def shown(self) -> str:
        """What the page shows. A page that is open is loaded again when this changes."""
        return "disconnected" if self.connection.disconnected_at else "connected"

    @cached_property
    def test_bill(self) -> TestBill | None:
        return TestBill.objects.latest_of(self.connection)

    @property
    def test_bill_state(self) -> Words:
        """What the test bill in Intacct is now."""
        state = self.test_bill.draft_state if self.test_bill else DraftState.DRAFT
        return DRAFT_NOTICES[state][0] if state in DRAFT_NOTICES else _("The draft is still in Intacct.")

    @cached_property
    def administrators(self) -> list[User]:
        return recipients.root_administrators(self.connection.customer)

    @cached_property
    def steps(self) -> Sequence[Step]:
        return steps_of(self.connection, self._statuses)

    @cached_property
    def _statuses(self) -> list[StageStatus]:
        return stage_statuses(self.connection)
