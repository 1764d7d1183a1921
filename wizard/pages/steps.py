"""The list of steps beside the page of a stage."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.shortcuts import resolve_url

from core.text import Words
from wizard.models import Connection
from wizard.progress import StageStatus
from wizard.stages import STAGES


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

    @property
    def total(self) -> int:
        """How many steps there are, including those that a guest does not see."""
        return len(STAGES)


@dataclass(frozen=True)
class StepList:
    """The steps beside the page, and the one that the page shows."""

    steps: Sequence[Step]
    current: Step

    @property
    def next(self) -> Step | None:
        """The next step with something to do; if there is none, simply the next one."""
        later = self.steps[self.steps.index(self.current) + 1 :]
        return next((step for step in later if step.status.look != "verified"), next(iter(later), None))

    @property
    def blockers(self) -> list[Step]:
        """The steps that must be done before the current one."""
        return [step for step in self.steps if step.status.stage.slug in self.current.status.stage.after]


def steps_of(connection: Connection, statuses: Sequence[StageStatus]) -> list[Step]:
    return [Step(status, resolve_url("wizard:stage", connection.pk, status.stage.slug)) for status in statuses]
