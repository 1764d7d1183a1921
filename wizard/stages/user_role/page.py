from collections.abc import Sequence
from typing import Any

from wizard.models import Connection
from wizard.pages.stage_page import StagePage
from wizard.stages.stage import Task
from wizard.stages.user_role import PERMISSIONS_ON_THE_USER, ROLE, USER
from wizard.stages.user_role.matrix import ModuleLines, by_module, lines, missing_text


class Page(StagePage):
    live_template = "user_role/matrix.html"
    printed_template = "user_role/printout.html"

    def tasks(self) -> Sequence[Task]:
        if self.connection.permission_model == Connection.PermissionModel.USER:
            return (*USER, PERMISSIONS_ON_THE_USER)
        return (*USER, *ROLE)

    def needed_modules(self) -> list[ModuleLines]:
        """The permissions to tick, without those that the company does not need by its answers in Pre-checks."""
        return by_module(line for line in lines(self.connection, []) if not line.not_used)

    def context(self) -> dict[str, Any]:
        all_lines = lines(self.connection, [row for group in self.shown_groups() for row in group.rows])
        missing = sum(line.missing for line in all_lines)
        only_missing = self.request.GET.get("show") == "missing" and missing > 0
        return {
            "modules": by_module(line for line in all_lines if line.missing or not only_missing),
            "lines_total": len(all_lines),
            "lines_missing": missing,
            "only_missing": only_missing,
            "missing_text": missing_text(all_lines),
        }
