"""Edits of a stage that several users may have open at the same time."""

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from core.errors import Refused
from core.isolated_text import Sentence
from wizard.models import Connection, Guest, StageProgress, Visitor
from wizard.services.board import connection_refresh
from wizard.services.events import record
from wizard.stages import STAGES

# A version as a page sends it. Nine digits always fit PostgreSQL's integer.
VERSION_TEXT = re.compile(r"([0-9]{1,9})\.(\w{1,40})", re.ASCII)


@dataclass(frozen=True)
class Version:
    """The state of a stage's form that a page shows, and an ID of that page.

    The ID lets a page save several times: its own saves do not conflict with each other.
    """

    based_on: int
    page: str = field(default_factory=lambda: secrets.token_hex(8))

    def __str__(self) -> str:
        return f"{self.based_on}.{self.page}"

    @classmethod
    def parse(cls, text: str) -> "Version | None":
        match = VERSION_TEXT.fullmatch(text)
        return cls(int(match[1]), match[2]) if match else None

    def is_behind(self, progress: StageProgress) -> bool:
        return progress.version != self.based_on and progress.edited_on != self.page


class Changed(Refused):
    """The stage was saved after this page was loaded. Nothing that this page sent was saved."""

    def __init__(self, progress: StageProgress, actor: Visitor) -> None:
        words = _("%(name)s changed this step while you were editing.")
        if progress.edited_by == actor.name:
            words = _("You changed this step in another tab or window.")
        super().__init__(Sentence(words, {"name": progress.edited_by}))
        self.progress = progress


def lock_progress(connection: Connection, stage: str) -> StageProgress:
    """Lock the row until the transaction ends, so that the ticks of two users at the same time are both saved."""
    StageProgress.objects.get_or_create(connection=connection, stage=stage)
    return StageProgress.objects.select_for_update().get(connection=connection, stage=stage)


@contextmanager
def stage_edit(*, connection: Connection, stage: str, actor: Visitor, version: Version | None) -> Iterator[None]:
    """Save a stage's form in one transaction, and delete its draft. Raises `Changed`.

    `version` is None when the caller did not load a page first.
    """
    with transaction.atomic():
        progress = lock_progress(connection, stage)
        if version and version.is_behind(progress):
            raise Changed(progress, actor)
        yield
        _save_progress(progress, actor, version, {})


@transaction.atomic
def draft_save(
    *, connection: Connection, stage: str, actor: Visitor, values: dict[str, Any], version: Version | None = None
) -> None:
    """Save what is being typed. The caller leaves secrets out. Raises `Changed`."""
    progress = lock_progress(connection, stage)
    if version and version.is_behind(progress):
        raise Changed(progress, actor)
    _save_progress(progress, actor, version, values)


def _save_progress(progress: StageProgress, actor: Visitor, version: Version | None, draft: dict[str, Any]) -> None:
    progress.draft, progress.version, progress.edited_on = draft, progress.version + 1, version.page if version else ""
    progress.edited_by, progress.edited_at = actor.name, timezone.now()
    progress.save(update_fields=["draft", "version", "edited_on", "edited_by", "edited_at", "updated_at"])


@transaction.atomic
def tasks_tick(*, connection: Connection, stage: str, ticks: Mapping[str, bool], actor: Visitor) -> None:
    """Save which boxes are checked. The audit log names tasks, but not the parts of a task, such as permissions."""
    progress = lock_progress(connection, stage)
    changes = {slug: ticked for slug, ticked in ticks.items() if (slug in progress.ticks) != ticked}
    if not changes:
        return
    for slug, ticked in changes.items():
        if ticked:
            progress.ticks[slug] = {"by": actor.name, "at": timezone.now().isoformat()}
        else:
            del progress.ticks[slug]
    progress.save(update_fields=["ticks", "updated_at"])
    for task in STAGES[stage].tasks:
        if task.slug in changes:
            action = "task.ticked" if changes[task.slug] else "task.unticked"
            record(action, connection, actor, stage=stage, task=task.slug)


@transaction.atomic
def stage_attest(*, connection: Connection, stage: str, actor: Visitor) -> None:
    """Confirm a stage. If two users confirm it, the first one is saved."""
    progress = lock_progress(connection, stage)
    if not progress.attested_at:
        progress.attested_at, progress.reopened_at = timezone.now(), None
        progress.attested_by = None if isinstance(actor, Guest) else actor
        progress.attested_by_guest = actor.handover if isinstance(actor, Guest) else None
        progress.save(update_fields=["attested_at", "attested_by", "attested_by_guest", "reopened_at", "updated_at"])
        record("stage.attested", connection, actor, stage=stage)
    connection_refresh(connection=connection)
