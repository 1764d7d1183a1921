from collections.abc import Sequence
from functools import cached_property
from typing import Any

from intacct.secret import Secret
from wizard import services
from wizard.explanations import Explanation, explain
from wizard.levels import level_of
from wizard.models import Connection, Outcome, SyncProfile, Verification
from wizard.pages.findings import Group
from wizard.pages.stage_page import StagePage
from wizard.stages.credentials.forms import CredentialsForm, LevelForm


class Page(StagePage):
    guarded = True

    def shown_groups(self) -> Sequence[Group]:
        """Show the results of every stage, because this page runs all checks: failures first, then its own."""
        return self.groups

    @property
    def work_version(self) -> str:
        has_password = CredentialsForm.stored(self.connection)["password_stored"]
        return f"{self.status.state == 'locked'} {has_password} {self.in_use}"

    @cached_property
    def in_use(self) -> bool:
        return services.is_in_use(self.connection)

    def context(self) -> dict[str, Any]:
        refused = services.refused_replacement(self.connection) if self.in_use else None
        return {
            "single_entity": self.connection.company.get("multi_entity") is False,
            "level_form": level_form(self.connection) if self._is_signed_in() else None,
            "refusal": self._refusal(refused or self.verification),
            "refused_replacement": refused,
            "in_use": self.in_use,
        }

    def _refusal(self, newest: Verification | None) -> Explanation | None:
        """Why the newest credentials did not replace the current ones."""
        if newest is None or newest.is_current or newest.is_active:
            return None
        finding = newest.findings.filter(check_slug=newest.blocker).first()
        return explain(finding) if finding else None

    def save(self, data: dict[str, Any]) -> str:
        services.credentials_save(
            connection=self.connection,
            actor=self.request.visitor,
            company_id=data["company_id"],
            user_id=data["user_id"],
            password=Secret(data["password"]) if data["password"] else None,
        )
        return self.url

    def _is_signed_in(self) -> bool:
        return any(
            row.check.slug == "sign_in" and row.outcome == Outcome.PASSED for group in self.groups for row in group.rows
        )


def level_form(connection: Connection, data: Any = None) -> LevelForm:
    used = SyncProfile.objects.filter(connection=connection, state__in=SyncProfile.OPEN)
    chosen = level_of(connection.entity_id) if connection.level else ""
    return LevelForm(
        data,
        entities=[] if connection.company.get("multi_entity") is False else connection.company.get("entities", []),
        used=dict(used.values_list("entity_id", "legal_entity__name")),
        initial={"level": chosen},
    )
