"""The registry of actions: what can be recorded in the audit log, and the sentence for each action.

Every app lists its actions in its module `actions` and registers them when Django starts (`AppConfig.ready`). An action
without a sentence cannot be recorded: see `audit.services.event_of`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from core.isolated_text import Sentence
from core.text import Words

Tone = Literal["good", "bad", "mute"]
Outcome = Literal["success", "refused", "failed"]
# Metadata of an event. A name that it does not contain is an empty string, because old events lack some.
Facts = Mapping[str, Any]


class UnknownAction(LookupError):
    """Raised when an action is used that no app has registered."""


@dataclass(frozen=True)
class Action:
    """One kind of event.

    `name`: "subject.verb", such as "profile.approved". `sentence`: what the actor did, with placeholders for the
    event's metadata. `outcome`: that of its events, unless an event is recorded with its own. `guest_sentence`: the
    sentence in the history of a handover, which lists only what its guest did; an action without one is not listed
    there. `words`: returns the values of placeholders that are not to be shown as they are stored.
    """

    name: str
    sentence: Words
    tone: Tone = "mute"
    outcome: Outcome = "success"
    guest_sentence: Words = ""
    words: Callable[[Facts], Facts] = lambda facts: {}

    @property
    def subject(self) -> str:
        """Return what the action is about: the first part of its name."""
        return self.name.partition(".")[0]


ACTIONS: dict[str, Action] = {}
SUBJECTS: dict[str, Words] = {}
CODES = {
    *("cause", "event_types", "failure_reason", "format", "kind", "level", "result", "roles", "scopes"),
    *("stage", "stages", "task"),
}
"""Names of metadata whose values are words of our own, never a customer's.

Only these texts, numbers and what is true or false stay when a customer is deleted. All else can be erased.
"""


def register_actions(actions: Iterable[Action], subjects: Mapping[str, Words]) -> None:
    """Register an app's actions, and the labels of subjects that no app below it has labeled."""
    ACTIONS.update({action.name: action for action in actions})
    SUBJECTS.update(subjects)


def is_lasting(name: str, value: Any) -> bool:
    """Return whether this part of an event's metadata stays when its customer is deleted."""
    return name in CODES or value is None or isinstance(value, (bool, int, float))


def find_action(name: str) -> Action:
    """Return the registered action of this name. Raises UnknownAction."""
    try:
        return ACTIONS[name]
    except KeyError:
        raise UnknownAction(f"No app has registered the action {name!r} with a sentence.") from None


def sentence_for(action: Action, metadata: Any, *, for_guest: bool = False) -> Sentence:
    """Return the sentence about one event, in the current language."""
    facts = defaultdict[str, Any](str, metadata if isinstance(metadata, dict) else {})
    facts.update(action.words(facts))
    return Sentence(action.guest_sentence if for_guest else action.sentence, facts)
