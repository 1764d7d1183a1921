"""What a stage's page shows and saves beside its tasks."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, cast

from django.http import QueryDict
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from accounts.interrupted import AnyForm, restored
from core.sentences import Sentence
from wizard.access import VisitorRequest, sees
from wizard.forms import StageForm
from wizard.models import Connection, StageProgress, Verification
from wizard.models.verification import SIGN_IN
from wizard.progress import stage_statuses
from wizard.services.editing import Version
from wizard.stage import Stage, Task
from wizard.stages.findings import Group, groups_of


class StagePage:
    """A stage whose page needs more has a `page.py` with a subclass named `Page`."""

    # What stands beside the task, what else changes with the findings, and how often to ask for news.
    findings_template = "wizard/findings.html"
    live_template = ""
    poll_seconds = 1
    # Whether what this page saves is for people only who have lately shown who they are.
    guarded = False

    def __init__(self, request: VisitorRequest, connection: Connection, stage: Stage) -> None:
        self.request, self.connection, self.stage = request, connection, stage
        # Before its findings: one that ends in between is shown as running, and the page asks again.
        self.verification = Verification.objects.latest_of(connection)
        if self.verification and self.verification.blocker == SIGN_IN:
            # It may have ended, and blocked others, after the connection was read.
            connection.refresh_from_db(fields=["sign_in_block", "sign_in_refused_at"])
        self.statuses = [each for each in stage_statuses(connection) if sees(request.visitor, each.stage.slug)]
        self.status = next(status for status in self.statuses if status.stage.slug == stage.slug)
        self.groups = groups_of(connection, self.statuses, self.verification)

        # Which state of the form this page was made from: as the page says that sends it, or as it is now.
        sent = Version.sent(request.POST.get("version", ""))
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
        """The findings beside this stage: its own."""
        return [group for group in self.groups if group.stage.slug == self.stage.slug]

    def context(self) -> dict[str, Any]:
        return {}

    def form(self, data: QueryDict | None = None) -> StageForm | None:
        kind = self.form_class
        return self.restored(kind(data, initial=kind.stored(self.connection) | self.draft)) if kind else None

    def restored(self, form: AnyForm) -> AnyForm:
        """With what was typed before signing in, be it sent with the page's button or saved while typing."""
        place = (self.connection.pk, self.stage.slug)
        return restored(self.request, form, self.url, resolve_url("wizard:draft", *place), *self.sent_to())

    def sent_to(self) -> Sequence[str]:
        """Where the page's form is sent, if not to the page."""
        return ()

    def overtaken(self, form: StageForm, progress: StageProgress) -> None:
        """Somebody else saved first: show what is otherwise now. Sent once more, what was typed takes its place."""
        form.add_error(None, Sentence(_("%(name)s changed this step in the meantime."), {"name": progress.edited_by}))
        self.version = replace(self.version, based_on=progress.version)
        now = type(form).stored(Connection.objects.get(pk=self.connection.pk)) | progress.draft
        typed = form.typed()
        differ = (name for name in form.fields if now.get(name) and typed.get(name) != now[name])
        self.theirs = [(str(form.fields[name].label), now[name]) for name in differ]

    def save(self, data: dict[str, Any]) -> str:
        """Do what the stage's form asks for and say where to go. Raises `services.Refused`."""
        raise NotImplementedError

    def waits(self) -> bool:
        """Whether news may come while the page is open."""
        return self.verification is not None and self.verification.is_active

    def waits_for(self) -> str:
        """Query string for the polling address."""
        return self.request.GET.urlencode()

    def moved_on(self) -> str:
        """Where to go because what the page waited for has come; empty while it has not."""
        return ""


@cache
def page_class(slug: str) -> type[StagePage]:
    name = f"wizard.stages.{slug}.page"
    found: type[StagePage] = import_module(name).Page if find_spec(name) else StagePage
    return found


def page_for(request: VisitorRequest, connection: Connection, stage: Stage) -> StagePage:
    return page_class(stage.slug)(request, connection, stage)
