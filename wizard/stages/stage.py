"""The parts of a stage. Each folder under `wizard/stages/` defines one `STAGE`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.forms import Form

from core.text import Words
from intacct.diagnosis import Diagnosis, Place
from wizard.stages.rules import Known, state_by_findings
from wizard.verification.check import Check, Company


@dataclass(frozen=True)
class Value:
    """A value to type or select in Intacct, exactly as written."""

    label: Words
    text: str


@dataclass(frozen=True)
class Task:
    """One action in Intacct: where, what to do, the values, and what to know first.

    template: shows what the task needs beside that.
    """

    slug: str
    text: Words
    place: Place | None = None
    values: tuple[Value, ...] = ()
    note: Words = ""
    template: str = ""

    @property
    def has_details(self) -> bool:
        return bool(self.place or self.values or self.note or self.template)


@dataclass(frozen=True)
class Stage:
    """One step of the wizard.

    after: slugs of the steps that must be done first. waits: whether it is locked until then; if not, its rule decides.
    checks: returns the checks that verify the step, for what Intacct reported about the company.
    diagnoses: the causes of its checks that no other step has.
    rule: returns the step's own state, without regard to other steps. A check that failed comes first.
    removal: the tasks in Intacct that undo the step after a disconnect.
    is_handed_over: it is done in Intacct, so a guest may do it.
    shows_handovers: its page lists all handovers, and starts new ones.
    is_open_below_root: administrators who cannot connect, because of their org unit, may look at it.
    """

    slug: str
    number: int
    title: Words
    summary: Words
    after: tuple[str, ...] = ()
    waits: bool = True
    tasks: tuple[Task, ...] = ()
    removal: tuple[Task, ...] = ()
    form: type[Form] | None = None
    minutes: int = 2
    checks: Callable[[Company], Sequence[Check]] = lambda company: ()
    diagnoses: tuple[Diagnosis, ...] = ()
    rule: Callable[[Known], str] = state_by_findings
    template: str = "wizard/stage.html"
    is_handed_over: bool = False
    shows_handovers: bool = False
    is_open_below_root: bool = False

    @property
    def links_handovers(self) -> bool:
        return self.shows_handovers or self.is_handed_over
