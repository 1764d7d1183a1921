"""The context of the template of a stage's page."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.shortcuts import resolve_url

from core.text import Words
from wizard import services
from wizard.access import may_act
from wizard.models import Connection, Guest
from wizard.models.handover import HandoverQuerySet
from wizard.pages.incidents import shown_incidents
from wizard.pages.stage_page import StagePage
from wizard.progress import StageStatus
from wizard.stages import STAGES
from wizard.stages.stage import Stage


@dataclass(frozen=True)
class Step:
    """One stage in the list of steps beside the page."""

    status: StageStatus
    url: str

    @property
    def number(self) -> int:
        return self.status.stage.number

    @property
    def title(self) -> Words:
        return self.status.stage.title

    @property
    def summary(self) -> Words:
        return self.status.stage.summary

    @property
    def state(self) -> str:
        return self.status.state


def stage_or_404(slug: str) -> Stage:
    if slug not in STAGES:
        raise Http404
    return STAGES[slug]


def stage_context(page: StagePage, **more: Any) -> dict[str, Any]:
    connection, slug = page.connection, page.stage.slug
    steps = [Step(status, resolve_url("wizard:stage", connection.pk, status.stage.slug)) for status in page.statuses]
    index = next(number for number, step in enumerate(steps) if step.status is page.status)
    asked = [row for group in page.groups for row in group.rows if page.verification and row.asked(page.verification)]
    may_hand_over = page.stage.shows_handovers or page.stage.is_handed_over
    return (
        {
            "connection": connection,
            "stages": steps,
            "stages_total": len(STAGES),
            "stage": steps[index],
            "stage_slug": slug,
            "status": page.status,
            "next_step": steps[index + 1] if index + 1 < len(steps) else None,
            "blockers": [step for step in steps if step.status.stage.slug in page.stage.after],
            "may_hand_over": may_hand_over,
            "handovers": _handovers(connection, page.stage) if may_hand_over else [],
            "acts": may_act(page.request.visitor),
            "guest": page.request.visitor if isinstance(page.request.visitor, Guest) else None,
            "version": page.version,
            "theirs": page.theirs,
            "tasks": page.tasks(),
            "tasks_are_in_intacct": any(task.path for task in page.tasks()),
            "ticks": page.status.progress.ticks if page.status.progress else {},
            "groups": page.shown_groups(),
            "verified_earlier": next(
                (group.verified_earlier for group in page.groups if group.stage.slug == slug), None
            ),
            "incidents": shown_incidents(connection),
            "verification": page.verification,
            "block_words": services.block_words(connection, connection.sign_in_block)
            if connection.sign_in_block
            else "",
            "asked": len(asked),
            "answered": sum(not row.checking for row in asked),
            "live": page.is_waiting(),
            "live_query": page.poll_query(),
            "findings_template": page.findings_template,
            "live_template": page.live_template,
            "poll_seconds": page.poll_seconds,
        }
        | page.context()
        | ({"form": page.form()} if "form" not in more else {})
        | more
    )


def _handovers(connection: Connection, stage: Stage) -> HandoverQuerySet:
    usable = connection.handovers.usable().order_by("pk")
    return usable if stage.shows_handovers else usable.with_stage(stage.slug)
