from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from wizard.models import Connection
from wizard.pages.checklist import Checklist
from wizard.pages.stage_page import StagePage
from wizard.stages.stage import Task
from wizard.stages.user_role import PERMISSIONS_ON_THE_USER, ROLE, USER
from wizard.stages.user_role.sheet import Sheet, sheet_of


@dataclass(frozen=True)
class SheetChecklist(Checklist):
    """Every permission of the sheet has a box too. The task of the sheet is done when all of them are checked."""

    sheet: Sheet

    @property
    def sheet_task(self) -> Task:
        return next(task for task in self.tasks if task.template)

    @property
    def boxes(self) -> Sequence[str]:
        return [*super().boxes, *(line.slug for line in self.sheet.needed)]

    @property
    def open_task(self) -> str:
        """The sheet stays open while some of its permissions are checked, and others are not."""
        is_begun = 0 < sum(line.is_checked for line in self.sheet.needed) < len(self.sheet.needed)
        return self.sheet_task.slug if is_begun else super().open_task

    def follows(self, changes: Mapping[str, bool]) -> dict[str, bool]:
        slugs = {line.slug for line in self.sheet.needed}
        return {self.sheet_task.slug: slugs <= self.ticks.keys()} if slugs & changes.keys() else {}


class Page(StagePage):
    printed_template = "user_role/printout.html"

    @cached_property
    def checklist(self) -> SheetChecklist:
        is_on_the_user = self.connection.permission_model == Connection.PermissionModel.USER
        tasks = (*USER, PERMISSIONS_ON_THE_USER) if is_on_the_user else (*USER, *ROLE)
        return SheetChecklist(tasks, self.status.ticks, self.sheet)

    @cached_property
    def sheet(self) -> Sheet:
        return sheet_of(self.connection, self.edit.marked)

    @property
    def work_version(self) -> str:
        needed = ",".join(line.slug for line in self.sheet.needed)
        return f"{super().work_version} {self.connection.permission_model} {needed}"
