"""What a stage is made of. Each folder under `wizard/stages/` defines one `STAGE`; `wizard.stages` finds them."""

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

    from wizard.ladder import Answers

Words = str | Promise


@dataclass(frozen=True)
class Value:
    """Something to type or pick in Intacct, exactly as written; shown with a copy button when `copy`."""

    label: Words
    text: str
    copy: bool = True


@dataclass(frozen=True)
class Task:
    """One action in Intacct: where (current menu, older menu), what to do, the values for it, what to know before."""

    slug: str
    text: Words
    path: tuple[str, ...] = ()
    older_path: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    note: Words = ""


@dataclass(frozen=True)
class Answer:
    """What one check found; `cause` names a diagnosis (see `wizard/causes.py`), `facts` are JSON and fill its words."""

    outcome: Outcome
    cause: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One question to Intacct. `asks` gives the calls it adds to the batch (by control ID); `judge` reads the replies.

    A check with no calls of its own judges what the sign-in or another check's call brought. `then` gives the calls for
    which the answers give reason; they cost another request.
    """

    slug: str
    title: Words
    judge: Callable[["Answers"], Answer]
    asks: Callable[[Connection], Sequence[Function]] = lambda connection: ()
    then: Callable[["Answers"], Sequence[Function]] = lambda answers: ()


@dataclass(frozen=True)
class Stage:
    """One step of the wizard. `after` are the stages that must stand first; `template` lies in the stage's folder."""

    slug: str
    number: int
    title: Words
    summary: Words
    after: tuple[str, ...] = ()
    tasks: tuple[Task, ...] = ()
    form: "type[Form] | None" = None
    minutes: int = 2

    def checks(self, connection: Connection) -> Sequence[Check]:
        """What Intacct is asked to prove the stage: `checks(connection)` in the `checks.py` of its folder, if any."""
        name = f"wizard.stages.{self.slug}.checks"
        found: Sequence[Check] = import_module(name).checks(connection) if find_spec(name) else ()
        return found

    @property
    def template(self) -> str:
        return f"{self.slug}/stage.html"
