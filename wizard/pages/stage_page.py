"""What a stage's page shows and saves in addition to its tasks."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, cast

from django.db.models import Model
from django.http import QueryDict
from django.shortcuts import resolve_url

from core.text import Words
from wizard import services
from wizard.access import VisitorRequest, may_act, sees
from wizard.forms import StageForm
from wizard.missing import MissingItem
from wizard.models import Connection, Guest, Verification
from wizard.models.handover import HandoverQuerySet
from wizard.pages.checklist import Checklist
from wizard.pages.findings import CheckProgress, Group, check_progress, groups_of
from wizard.pages.results import Results, missing_of, without_pending
from wizard.pages.stage_edit import StageEdit
from wizard.pages.steps import StepList, steps_of
from wizard.progress import stage_statuses
from wizard.stages.stage import Stage

LONGEST_REQUEST = timedelta(minutes=1)


class StagePage:
    """The page of a stage. A stage that needs more has a subclass in its folder: see `wizard.stages.pages`."""

    # What the printout shows below the stage's tasks.
    printed_template = ""
    # How often the page asks for itself while it may change.
    poll_seconds = 1
    # Whether the page has the form for the credentials.
    has_credentials = False
    # Whether saving needs a user who has entered their password recently.
    guarded = False

    def __init__(self, request: VisitorRequest, connection: Connection, stage: Stage) -> None:
        self.request, self.connection, self.stage = request, connection, stage
        # Read before the findings: if it ends in between, the page shows it as active and polls again.
        self.verification = Verification.objects.latest_of(connection)
        if self.verification and self.verification.ended_within(LONGEST_REQUEST):
            # It may have ended after the connection was read.
            connection.refresh_from_db(fields=["company", "sign_in_block", "sign_in_refused_at", "broken_since"])
        self.statuses = [status for status in stage_statuses(connection) if sees(request.visitor, status.stage.slug)]
        self.status = next(status for status in self.statuses if status.stage.slug == stage.slug)
        self.groups = groups_of(connection, self.statuses, self.verification)
        self.edit = StageEdit(request, connection, self.status)

    @property
    def url(self) -> str:
        return resolve_url("wizard:stage", self.connection.pk, self.stage.slug)

    @cached_property
    def checklist(self) -> Checklist:
        return Checklist(self.stage.tasks, self.status.ticks)

    def shown_groups(self) -> Sequence[Group]:
        """The groups of results to show: those of this stage."""
        return [group for group in self.groups if group.stage.slug == self.stage.slug]

    @cached_property
    def step_list(self) -> StepList:
        steps = steps_of(self.connection, self.statuses)
        return StepList(steps, steps[self.statuses.index(self.status)])

    @property
    def is_alone(self) -> bool:
        """Whether the page has no list of steps beside it."""
        return False

    @property
    def title(self) -> Words:
        return self.stage.title

    @property
    def summary(self) -> Words:
        return self.stage.summary

    @property
    def acts(self) -> bool:
        return may_act(self.request.visitor)

    @property
    def guest(self) -> Guest | None:
        return self.request.visitor if isinstance(self.request.visitor, Guest) else None

    @cached_property
    def handovers(self) -> HandoverQuerySet:
        usable = self.connection.handovers.usable().select_related("link_email").order_by("pk")
        return usable if self.stage.shows_handovers else usable.with_stage(self.stage.slug)

    @property
    def work_version(self) -> str:
        """What the tasks or the form of the page depend on: htmx replaces them, and what is typed, if it changes.

        Blank: they are replaced whenever they differ.
        """
        return f"{self.status.state == 'locked'} {self.results.is_answered}"

    @property
    def shows_places(self) -> bool:
        """Whether the page shows paths in Intacct, so that the user's menu matters."""
        return self.checklist.is_in_intacct or any(item.place for item in self.results.here)

    @property
    def check_again(self) -> str:
        """Where the page offers to check again, or explains why it cannot: "foot", "results", or nowhere."""
        if not self.acts or self.results.is_checking:
            return ""
        if self.block_words:
            # The step to fix explains it.
            return "" if self.results.elsewhere else "results"
        comes_next = self.checklist.is_in_intacct and self.results.is_answered and not self.status.is_verified
        return "foot" if comes_next else "results"

    @property
    def verified_earlier(self) -> datetime | None:
        return next((group.verified_earlier for group in self.groups if group.stage.slug == self.stage.slug), None)

    @cached_property
    def results(self) -> Results:
        missing = missing_of(self.connection, self.statuses)
        shown = [item for item in missing if sees(self.request.visitor, item.stage.slug)]
        return Results(without_pending(shown, self.groups), self.shown_groups(), self.verification)

    @property
    def fix_first(self) -> MissingItem | None:
        """What keeps us from signing in, if it is fixed in another step by this user: their next action."""
        return next(iter(self.results.elsewhere), None) if self.acts and self.connection.sign_in_block else None

    @property
    def block_words(self) -> str:
        block = self.connection.sign_in_block
        return services.block_words(self.connection, block, here=self.has_credentials) if block else ""

    @cached_property
    def check_progress(self) -> CheckProgress:
        return check_progress(self.groups, self.verification)

    def context(self) -> dict[str, Any]:
        """What only this stage's templates show. They find it as `shown`."""
        return {}

    def form(self, data: QueryDict | None = None) -> StageForm | None:
        kind = cast("type[StageForm] | None", self.stage.form)
        if kind is None:
            return None
        return self.edit.restore_typed(kind(data, initial=kind.stored(self.connection) | self.edit.draft))

    def save(self, data: dict[str, Any]) -> str:
        """Save the stage's form and return where to go. Raises `services.Refused`."""
        raise NotImplementedError

    @property
    def waited_for(self) -> Model | None:
        """The row that the page waits for in addition to the verification."""
        return None

    @property
    def is_waiting(self) -> bool:
        """Whether the page may change while it is open."""
        is_checking = self.verification is not None and self.verification.is_active
        return is_checking or self.waited_for is not None

    @property
    def poll_url(self) -> str:
        return f"{self.url}?waiting={self.waited_for.pk}" if self.waited_for else self.url

    def next_url(self) -> str:
        """Where to go when the row in the query has what the page waited for; empty until then."""
        return ""
