"""What a diagnosis is. `diagnoses` has those of Intacct's errors; who uses this library adds its own."""

from dataclasses import dataclass
from enum import Enum


class Who(Enum):
    """Name who must act."""

    CUSTOMER_ADMINISTRATOR = "customer_administrator"
    INTACCT_ADMINISTRATOR = "intacct_administrator"
    BEANWORKS = "beanworks"
    SAGE = "sage"
    NO_ONE = "no_one"


@dataclass(frozen=True)
class Place:
    """A page in Intacct: the labels to choose one after the other, in the current and in the older menu.

    Labels are as on Intacct's screen and are not translated.
    """

    path: tuple[str, ...]
    older_path: tuple[str, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """Describe one cause for users.

    cause: its short name, which is stored. steps: what to do, in the order to try.
    retry_helps: the same request may succeed later, although nothing has changed.
    place: the page in Intacct to open first. user_place: the one if permissions are set on the user, without roles.
    values: what to enter or select there, each as label and text.
    several: the headline if the same steps fix several findings. It may name their `count`.
    """

    cause: str
    who: Who
    headline: str
    steps: tuple[str, ...]
    retry_helps: bool = False
    place: Place | None = None
    user_place: Place | None = None
    values: tuple[tuple[str, str], ...] = ()
    several: str = ""
