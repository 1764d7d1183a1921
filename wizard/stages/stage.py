"""The parts of a stage. Each folder under `wizard/stages/` defines one `STAGE`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.forms import Form

from core.text import Words
from wizard.verification.check import Check, Company


@dataclass(frozen=True)
class Value:
    """A value to type or select in Intacct, exactly as written. `copy` shows a copy button."""

    label: Words
    text: str
    copy: bool = True


@dataclass(frozen=True)
class Task:
    """One action in Intacct: where (current menu, older menu), what to do, the values, and what to know first."""

    slug: str
    text: Words
    path: tuple[str, ...] = ()
    older_path: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    note: Words = ""


@dataclass(frozen=True)
class Stage:
    """One step of the wizard. `after` are the stages that must be done first. `template` is in the stage's folder.

    `checks` returns the checks that verify it, for what Intacct reported about the company.
    """

    slug: str
    number: int
    title: Words
    summary: Words
    after: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    form: type[Form] | None = None
    minutes: int = 2
    checks: Callable[[Company], Sequence[Check]] = lambda company: ()

    @property
    def template(self) -> str:
        return f"{self.slug}/stage.html"
