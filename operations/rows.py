from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from wizard.causes import Explanation, explain
from wizard.models import Connection
from wizard.stage import Stage
from wizard.stages import STAGE


@dataclass(frozen=True)
class Trouble:
    """The last error of a connection, as far as the board keeps it."""

    cause: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class BoardRow:
    connection: Connection
    mine: bool

    @property
    def stage(self) -> Stage:
        return STAGE[self.connection.stage]

    @property
    def days(self) -> int:
        return (timezone.now() - self.connection.stage_since).days

    @property
    def trouble(self) -> Explanation | None:
        """The last error, in words."""
        connection = self.connection
        return explain(Trouble(connection.last_cause, connection.last_facts)) if connection.last_cause else None
