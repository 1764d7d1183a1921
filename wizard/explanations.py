"""Findings and incidents as texts for the user who must act."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import chain
from typing import Any, Protocol

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext

from core.isolated_text import Sentence
from core.menus import path_text
from intacct.diagnoses import BY_CAUSE, NAMED_PLACES
from intacct.diagnosis import Diagnosis, Place, Who
from wizard.diagnoses import OWN
from wizard.help import CODES
from wizard.stages import STAGES

RAW = (
    *("layer", "errorno", "description", "description2", "correction", "additional", "support_id", "control_id"),
    *("status", "at"),
    # A warning of Intacct in a reply that succeeded.
    "warning",
    # Where our own code failed: see `core.work`.
    "failure",
)
# The parts of RAW that come from Intacct. The rest, where and when it failed, exists even if the gateway is silent.
FROM_INTACCT = ("errorno", "description", "description2", "correction", "additional", "support_id", "status", "warning")


@dataclass(frozen=True)
class Explanation:
    """A finding as texts. Users quote `code`, and look it up under /help/."""

    headline: str
    code: str = ""
    place: Place | None = None
    values: tuple[tuple[str, str], ...] = ()
    instructions: tuple[str, ...] = ()
    who: Who = Who.NO_ONE
    raw: dict[str, str] = field(default_factory=dict)

    @property
    def raw_text(self) -> str:
        """Intacct's own words, for support."""
        return "\n".join(f"{name}: {text}" for name, text in self.raw.items())

    @property
    def is_sent(self) -> bool:
        """Whether any part of `raw` came from Intacct."""
        return any(name in self.raw for name in FROM_INTACCT)


class Troubled(Protocol):
    @property
    def cause(self) -> str: ...
    @property
    def facts(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class StoredCause:
    """A cause and its facts as a row stores them that is neither a finding nor an incident."""

    cause: str
    facts: dict[str, Any]


def all_diagnoses() -> Iterator[Diagnosis]:
    """Ours, Intacct's, and those of every step. No two have the same cause."""
    steps = (diagnosis for stage in STAGES.values() for diagnosis in stage.diagnoses)
    return chain(OWN.values(), BY_CAUSE.values(), steps)


@cache
def _by_cause() -> Mapping[str, Diagnosis]:
    return {diagnosis.cause: diagnosis for diagnosis in all_diagnoses()}


def diagnosis_of(cause: str) -> Diagnosis:
    return _by_cause().get(cause, BY_CAUSE["unknown"])


def explain(troubled: Troubled, *, has_roles: bool = True) -> Explanation:
    """Explain a finding or incident in the current language, with its own facts filled in.

    Never fails for a stored row: it shows what it can of causes and facts that no code writes any more.
    """
    known = diagnosis_of(troubled.cause)
    place = known.place if has_roles else known.user_place or known.place
    stored = troubled.facts if isinstance(troubled.facts, dict) else {}
    facts = _Facts((name, text) for name, text in _translate_facts(stored).items() if name not in COMMON)

    return Explanation(
        headline=Sentence(gettext(known.headline), facts),
        code=CODES.get(known.cause, ""),
        place=place and fill_place(place, facts),
        values=fill_values(known, stored),
        instructions=tuple(Sentence(gettext(step), facts) for step in known.steps),
        who=known.who,
        raw={name: str(stored[name]) for name in RAW if stored.get(name)},
    )


class _Facts(dict[str, str]):
    """Facts for texts, and what is not about one connection. What is neither is an empty text.

    Made when a text names it: most name nothing of it, and to make it all took a quarter of the time of a list.
    """

    def __missing__(self, name: str) -> str:
        self[name] = COMMON[name]() if name in COMMON else ""
        return self[name]


def common_values() -> dict[str, str]:
    """What texts name that is not about one connection. Paths are in the user's own menu."""
    return {name: make() for name, make in COMMON.items()}


def fill_place(place: Place, facts: Mapping[str, Any]) -> Place:
    return Place(_fill(place.path, facts), _fill(place.older_path, facts))


def place_words(place: Place) -> str:
    """How to open the page in the user's own menu."""
    return Sentence(gettext("In Intacct, open %(path)s."), {"path": path_text(place)})


def fill_values(diagnosis: Diagnosis, facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What to enter or select in Intacct, with the names that Intacct shows. Leaves out what we do not know."""
    texts = defaultdict(str, facts, our_addresses=", ".join(settings.OUTGOING_ADDRESSES))
    values = ((label % texts, text % texts) for label, text in diagnosis.values)
    return tuple((label, text) for label, text in values if text)


def _fill(labels: Iterable[str], facts: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(label % facts for label in labels)


def _text(value: Any) -> str:
    return str(number_format(value, force_grouping=True)) if type(value) is int else str(value)


def our_addresses() -> str:
    """The addresses that a customer with an IP filter has to allow."""
    words = gettext("Beanworks’ addresses (ask %(support_email)s for them)")
    return ", ".join(settings.OUTGOING_ADDRESSES) or words % {"support_email": settings.SUPPORT_EMAIL}


def _support_email() -> str:
    return str(settings.SUPPORT_EMAIL)


COMMON: Mapping[str, Callable[[], str]] = {
    **{name: partial(path_text, place) for name, place in NAMED_PLACES.items()},
    "our_addresses": our_addresses,
    "support_email": _support_email,
}


def _translate_facts(facts: dict[str, Any]) -> dict[str, str]:
    """Facts as texts. Translates words of ours, keeps names from Intacct, and formats integers, which are counts."""
    texts = {name: _text(value) for name, value in facts.items() if value or type(value) is int}
    return {name: gettext(text) if name in ("part", "module", "subject") else text for name, text in texts.items()}
