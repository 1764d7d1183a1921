"""The parts of a stage. Each folder under `wizard/stages/` defines one `STAGE`, and `wizard.stages` collects them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from intacct.request import Function
from wizard.models import Connection, Outcome

if TYPE_CHECKING:
    from django.forms import Form

    from wizard.verification.ladder import Answers

Words = str | Promise


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
class Answer:
    """The result of one check.

    `cause` names a diagnosis of `wizard.verification.diagnoses`. `facts` are JSON and fill its text.
    """

    outcome: Outcome
    cause: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One question to Intacct. `asks` returns the functions it adds to the request; `judge` reads the replies.

    A check without functions of its own judges the reply to the sign-in or to another check's function. `then` returns
    functions that are needed only because of the answers. They take one more request.
    """

    slug: str
    title: Words
    judge: Callable[["Answers"], Answer]
    asks: Callable[[Connection], Sequence[Function]] = lambda connection: ()
    then: Callable[["Answers"], Sequence[Function]] = lambda answers: ()


@dataclass(frozen=True)
class Stage:
    """One step of the wizard. `after` are the stages that must be done first. `template` is in the stage's folder."""

    slug: str
    number: int
    title: Words
    summary: Words
    after: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    form: "type[Form] | None" = None
    minutes: int = 2

    def checks(self, connection: Connection) -> Sequence[Check]:
        """The checks that verify the stage: `checks(connection)` of `checks.py` in its folder, if that file exists."""
        name = f"wizard.stages.{self.slug}.checks"
        checks: Sequence[Check] = import_module(name).checks(connection) if find_spec(name) else ()
        return checks

    @property
    def template(self) -> str:
        return f"{self.slug}/stage.html"
