from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from accounts.interrupted_posts import restore_typed
from core.text import Words
from intacct.secret import Secret
from wizard import services
from wizard.explanations import Explanation, explain
from wizard.levels import level_of
from wizard.models import Connection, Finding, Outcome, SyncProfile, Verification
from wizard.pages.findings import Group
from wizard.pages.lines import Line, lines_of
from wizard.pages.stage_page import StagePage
from wizard.stages.credentials.forms import LevelForm


class Page(StagePage):
    has_credentials = guarded = True

    def shown_groups(self) -> Sequence[Group]:
        """The results of every step, because this page runs all checks."""
        return self.groups

    @cached_property
    def mode(self) -> str:
        """What the page shows first: the form (new, failed), the checks while they run, or what is saved."""
        if self.connection.credentials_saved_at is None:
            return "new"
        if self.is_waiting:
            return "checking"
        if self.connection.disconnected_at:
            return "failed" if self._refused_finding else "new"
        is_blocked = self.connection.sign_in_block or self._refused_finding
        return "saved" if self._is_signed_in() and not is_blocked else "failed"

    @property
    def work_version(self) -> str:
        return f"{self.status.state == 'locked'} {self.mode} {self.in_use}"

    @cached_property
    def in_use(self) -> bool:
        """Whether only new credentials that work may replace the current ones, or connect it again."""
        return self.connection.disconnected_at is not None or services.is_in_use(self.connection)

    @property
    def is_alone(self) -> bool:
        return (self.connection.is_live or self.connection.disconnected_at is not None) and not self.guest

    @property
    def title(self) -> Words:
        if not self.is_alone:
            return super().title
        is_connected = self.status.is_verified and not self.connection.disconnected_at
        return _("Update the credentials") if is_connected else _("Reconnect")

    @property
    def summary(self) -> Words:
        if self.is_level_next:
            return ""  # The credentials are entered already.
        if not self.is_alone:
            return super().summary
        if self.connection.disconnected_at:
            return _("Enter the password of the Web Services user. If Intacct accepts it, everything continues.")
        return _(
            "We check the new credentials before they replace the current ones. Profiles, schedules and lists stay."
        )

    @cached_property
    def _refused_replacement(self) -> Verification | None:
        return services.refused_replacement(self.connection) if self.in_use else None

    @cached_property
    def _refused_finding(self) -> Finding | None:
        """Why the newest credentials did not replace the current ones."""
        newest = self._refused_replacement or self.verification
        if newest is None or newest.is_current or newest.is_active:
            return None
        return newest.findings.filter(check_slug=newest.blocker).first()

    @property
    def is_form_first(self) -> bool:
        """Whether new credentials are what the user came to enter: the results explain why, below the form."""
        return self.is_alone and self.acts and self.mode == "failed"

    @property
    def is_level_next(self) -> bool:
        """Whether to choose the level is the one thing left to do here."""
        is_allowed = self.acts and not self.guest
        return is_allowed and self.mode == "saved" and not self.connection.level and not self.results.to_fix

    def context(self) -> dict[str, Any]:
        refused = self._refused_finding
        lines = lines_of(self.groups, self.results.missing)
        unreached = [line for line in lines if line.is_unreached]
        passed = [] if self.is_waiting else [line for line in lines if line.is_settled]
        return {
            "is_done": self.status.is_verified and self.mode == "saved",
            "is_level_next": self.is_level_next,
            "single_entity": self.connection.company.get("multi_entity") is False,
            "level_form": self._level_form() if self._is_signed_in() and not self.is_waiting else None,
            "is_refused": refused is not None,
            "refusal": self._refusal(refused) if refused else None,
            "refused_replacement": self._refused_replacement,
            "in_use": self.in_use,
            "lines": self._in_order([line for line in lines if line not in (*unreached, *passed)]),
            "passed": passed,
            "unreached": unreached,
            # Problems that are not the result of a check, such as a password that cannot be decrypted.
            "others": [item for item in self.results.missing if not item.checks and item.stage is self.stage],
        }

    def _refusal(self, refused: Finding) -> Explanation | None:
        """Why, unless the results of the page have the same cause."""
        explanation = explain(refused)
        listed = [item.headline for item in self.results.missing]
        return None if explanation.headline in listed else explanation

    def _level_form(self) -> LevelForm:
        return restore_typed(self.request, level_form(self.connection), resolve_url("wizard:level", self.connection.pk))

    def _in_order(self, lines: list[Line]) -> list[Line]:
        """While tests run, as they are asked; then those that failed first."""
        return lines if self.is_waiting else sorted(lines, key=lambda line: line.outcome != Outcome.FAILED)

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
