"""What a stage's page shows and saves in addition to its tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, cast

from django.http import QueryDict
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from accounts.interrupted_posts import AnyForm, restore_typed
from core.isolated_text import Sentence
from core.text import Words
from wizard import services
from wizard.access import VisitorRequest, may_act, sees
from wizard.forms import StageForm
from wizard.missing import missing_items
from wizard.models import Connection, Guest, Incident, Outcome, StageProgress, Verification
from wizard.models.handover import HandoverQuerySet
from wizard.pages.findings import CheckProgress, Group, check_progress, groups_of
from wizard.pages.results import Results, without_pending
from wizard.pages.steps import Step, steps_of
from wizard.progress import stage_statuses
from wizard.services.drafts import Version
from wizard.stages.stage import Stage, Task

LONGEST_REQUEST = timedelta(minutes=1)


class StagePage:
    """The page of a stage. A stage that needs more has a subclass in its folder: see `wizard.stages.pages`."""

    # What the printout shows below the stage's tasks.
    printed_template = ""
    # How often the page asks for itself while it may change.
    poll_seconds = 1
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

        # The version of the form that the page was loaded with: the sent one, or the current one.
        sent = Version.parse(request.POST.get("version", ""))
        self.version = sent or Version(self.status.progress.version if self.status.progress else 0)
        self.theirs: list[tuple[str, Any]] = []

    @property
    def url(self) -> str:
        return resolve_url("wizard:stage", self.connection.pk, self.stage.slug)

    @property
    def form_class(self) -> type[StageForm] | None:
        return cast("type[StageForm] | None", self.stage.form)

    @property
    def draft(self) -> dict[str, Any]:
        return self.status.progress.draft if self.status.progress else {}

    def tasks(self) -> Sequence[Task]:
        return self.stage.tasks

    def shown_groups(self) -> Sequence[Group]:
        """The groups of results to show: those of this stage."""
        return [group for group in self.groups if group.stage.slug == self.stage.slug]

    @cached_property
    def steps(self) -> list[Step]:
        return steps_of(self.connection, self.statuses)

    @property
    def step(self) -> Step:
        return self.steps[self.statuses.index(self.status)]

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
    def next_step(self) -> Step | None:
        return next(iter(self.steps[self.statuses.index(self.status) + 1 :]), None)

    @property
    def blockers(self) -> list[Step]:
        """The steps that must be done before this one."""
        return [step for step in self.steps if step.status.stage.slug in self.stage.after]

    @property
    def acts(self) -> bool:
        return may_act(self.request.visitor)

    @property
    def guest(self) -> Guest | None:
        return self.request.visitor if isinstance(self.request.visitor, Guest) else None

    @property
    def may_hand_over(self) -> bool:
        return self.stage.shows_handovers or self.stage.is_handed_over

    @cached_property
    def handovers(self) -> HandoverQuerySet:
        usable = self.connection.handovers.usable().select_related("link_email").order_by("pk")
        return usable if self.stage.shows_handovers else usable.with_stage(self.stage.slug)

    @property
    def ticks(self) -> dict[str, Any]:
        return self.status.progress.ticks if self.status.progress else {}

    def boxes(self) -> Sequence[str]:
        """The slugs of everything that can be checked: the tasks, and what a task consists of."""
        return [task.slug for task in self.tasks()]

    @property
    def parts(self) -> Sequence[str]:
        """Ids of the parts of the tasks that change when a box is checked."""
        return ["was", *(f"by-{task.slug}" for task in self.tasks())]

    @property
    def work_version(self) -> str:
        """What the tasks or the form of the page depend on: htmx replaces them, and what is typed, if it changes.

        Blank: they are replaced whenever they differ.
        """
        return f"{self.status.state == 'locked'} {self.has_results}"

    def follows(self, changes: Mapping[str, bool]) -> dict[str, bool]:
        """Which boxes are checked or cleared because of these changes, which are saved already."""
        return {}

    @property
    def checked(self) -> list[str]:
        return [slug for slug in self.boxes() if slug in self.ticks]

    @property
    def is_all_checked(self) -> bool:
        return len(self.checked) == len(self.boxes())

    @property
    def open_task(self) -> str:
        """The slug of the first task that is not done. Its instructions are open."""
        return next((task.slug for task in self.tasks() if task.slug not in self.ticks), "")

    @property
    def has_results(self) -> bool:
        """Whether Intacct answered a check of this step with the current credentials."""
        return any(row.outcome != Outcome.BLOCKED for group in self.shown_groups() for row in group.rows)

    @property
    def shows_places(self) -> bool:
        """Whether the page shows paths in Intacct, so that the user's menu matters."""
        return self.tasks_are_in_intacct or any(item.place for item in self.results.here)

    @property
    def checks_in_foot(self) -> bool:
        """Whether to check again is what comes next: Intacct has answered, and the step is not verified."""
        is_idle = self.acts and not self.block_words and not self.results.is_checking
        return is_idle and self.tasks_are_in_intacct and self.has_results and not self.status.is_verified

    @property
    def checks_below_results(self) -> bool:
        """Whether the results end with the button to check again, or, in the step to fix, with why there is none."""
        if self.checks_in_foot or not self.acts or self.results.is_checking:
            return False
        return not (self.block_words and self.results.elsewhere)

    @property
    def tasks_are_in_intacct(self) -> bool:
        return any(task.place for task in self.tasks())

    @property
    def verified_earlier(self) -> datetime | None:
        return next((group.verified_earlier for group in self.groups if group.stage.slug == self.stage.slug), None)

    @cached_property
    def results(self) -> Results:
        findings = [finding for status in self.statuses for finding in status.unconfirmed]
        missing = missing_items(self.connection, findings, self._incidents())
        shown = [item for item in missing if sees(self.request.visitor, item.stage.slug)]
        return Results(without_pending(shown, self.groups), self.shown_groups(), self.verification)

    def _incidents(self) -> list[Incident]:
        if self.connection.broken_since is None:
            return []
        return list(Incident.objects.open().filter(connection=self.connection).order_by("since", "pk"))

    @property
    def block_words(self) -> str:
        block = self.connection.sign_in_block
        return services.block_words(self.connection, block) if block else ""

    @cached_property
    def check_progress(self) -> CheckProgress:
        return check_progress(self.groups, self.verification)

    def context(self) -> dict[str, Any]:
        """What only this stage's templates show. They find it as `shown`."""
        return {}

    def form(self, data: QueryDict | None = None) -> StageForm | None:
        kind = self.form_class
        return self.restore_typed(kind(data, initial=kind.stored(self.connection) | self.draft)) if kind else None

    def restore_typed(self, form: AnyForm) -> AnyForm:
        """Fill the form with what was typed before the user had to sign in again: sent, or saved while typing."""
        place = (self.connection.pk, self.stage.slug)
        return restore_typed(self.request, form, self.url, resolve_url("wizard:draft", *place), *self.sent_to())

    def sent_to(self) -> Sequence[str]:
        """Addresses that the page's form is sent to, other than the page itself."""
        return ()

    def show_conflict(self, form: StageForm, progress: StageProgress) -> None:
        """Show what another user saved first. If this user sends the form again, it replaces those values."""
        form.add_error(None, self._conflict_words(progress))
        self.version = replace(self.version, based_on=progress.version)
        saved = type(form).stored(Connection.objects.get(pk=self.connection.pk)) | progress.draft
        self.theirs = _differing_values(form, saved)

    def _conflict_words(self, progress: StageProgress) -> str:
        if progress.edited_by == self.request.visitor.name:
            return _("You changed this step in another tab or window. Compare the current values, then save again.")
        words = _("%(name)s changed this step while you were editing. Compare the current values, then save again.")
        return Sentence(words, {"name": progress.edited_by})

    def save(self, data: dict[str, Any]) -> str:
        """Save the stage's form and return where to go. Raises `services.Refused`."""
        raise NotImplementedError

    def is_waiting(self) -> bool:
        """Whether the page may change while it is open."""
        return self.verification is not None and self.verification.is_active

    def poll_query(self) -> str:
        """Query string for the polling address."""
        return ""

    @property
    def poll_url(self) -> str:
        query = self.poll_query()
        return f"{self.url}?{query}" if query else self.url

    def next_url(self) -> str:
        """Where to go when the page has what it waited for; empty until then."""
        return ""


def _differing_values(form: StageForm, saved: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return label and saved value of each field in which something else was typed."""
    typed = form.typed()
    differ = (name for name in form.fields if saved.get(name) and typed.get(name) != saved[name])
    return [(str(form.fields[name].label), saved[name]) for name in differ]
