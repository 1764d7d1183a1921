"""The boxes that a user checks on the page of a step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wizard.stages.stage import Task


@dataclass(frozen=True)
class Checklist:
    """The tasks of a step, and who checked which box. `ticks` has the slug of every checked box as a key."""

    tasks: Sequence[Task]
    ticks: Mapping[str, Any]

    @property
    def boxes(self) -> Sequence[str]:
        """The slugs of everything that can be checked: the tasks, and what a task consists of."""
        return [task.slug for task in self.tasks]

    @property
    def checked(self) -> list[str]:
        return [slug for slug in self.boxes if slug in self.ticks]

    @property
    def is_all_checked(self) -> bool:
        return len(self.checked) == len(self.boxes)

    @property
    def open_task(self) -> str:
        """The slug of the first task that is not done. Its instructions are open."""
        return next((task.slug for task in self.tasks if task.slug not in self.ticks), "")

    @property
    def is_in_intacct(self) -> bool:
        return any(task.place for task in self.tasks)

    def follows(self, changes: Mapping[str, bool]) -> dict[str, bool]:
        """Which boxes are checked or cleared because of these changes, which are saved already."""
        return {}
