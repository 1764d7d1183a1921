from collections.abc import Mapping, Sequence
from functools import cached_property

from wizard.models import Connection
from wizard.pages.stage_page import StagePage
from wizard.stages.stage import Task
from wizard.stages.user_role import PERMISSIONS_ON_THE_USER, ROLE, USER
from wizard.stages.user_role.sheet import Sheet, sheet_of


class Page(StagePage):
    printed_template = "user_role/printout.html"

    def tasks(self) -> Sequence[Task]:
        if self.connection.permission_model == Connection.PermissionModel.USER:
            return (*USER, PERMISSIONS_ON_THE_USER)
        return (*USER, *ROLE)

    @cached_property
    def sheet(self) -> Sheet:
        return sheet_of(self.connection, self.ticks)

    @property
    def sheet_task(self) -> Task:
        return next(task for task in self.tasks() if task.template)

    @property
    def open_task(self) -> str:
        """The sheet stays open while some of its permissions are checked, and others are not."""
        is_begun = 0 < sum(line.is_checked for line in self.sheet.needed) < len(self.sheet.needed)
        return self.sheet_task.slug if is_begun else super().open_task

    def boxes(self) -> Sequence[str]:
        return [*super().boxes(), *(line.slug for line in self.sheet.needed)]

    @property
    def parts(self) -> Sequence[str]:
        counts = (f"count-{module.module.slug}" for module in self.sheet.modules)
        return [*super().parts, f"tick-{self.sheet_task.slug}", *counts]

    @property
    def work_version(self) -> str:
        needed = ",".join(line.slug for line in self.sheet.needed)
        return f"{super().work_version} {self.connection.permission_model} {needed}"

    def follows(self, changes: Mapping[str, bool]) -> dict[str, bool]:
        """The task of the sheet is done when all its permissions are checked."""
        slugs = {line.slug for line in self.sheet.needed}
        return {self.sheet_task.slug: slugs <= self.ticks.keys()} if slugs & changes.keys() else {}
