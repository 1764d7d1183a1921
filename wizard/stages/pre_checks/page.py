from dataclasses import replace
from typing import Any

from django.shortcuts import resolve_url
from django.utils.translation import gettext

from intacct.catalogue import ALWAYS_SUBSCRIBED, MODULES
from wizard import services
from wizard.pages.account import account_checks
from wizard.pages.stage_page import StagePage


class Page(StagePage):
    @property
    def shows_places(self) -> bool:
        """The help texts of the questions do."""
        return self.acts

    def __init__(self, *known: Any) -> None:
        super().__init__(*known)
        person = self.connection.created_by if self.request.user.is_beanworks else self.request.user
        self.account = account_checks(person, self.connection.customer) if person else []
        if not all(check.passed for check in self.account):
            self._need_attention()

    def _need_attention(self) -> None:
        """The state of the step is that of the connection, but this user cannot connect it."""
        position = self.statuses.index(self.status)
        self.status = self.statuses[position] = replace(self.status, state="attention")

    def context(self) -> dict[str, Any]:
        used = self.connection.modules or []
        return {
            "account": self.account,
            "may_open": self.request.user.is_beanworks or self.request.user.may_administer(),
            "applications": [gettext(module.name) for module in MODULES if module.slug in used],
            "reported": self._reported(),
            "differences": self._differences(),
        }

    def _reported(self) -> str:
        """The answers that Intacct has given itself. Later steps use them instead of the user's."""
        company = self.connection.company
        several = {True: gettext("several entities"), False: gettext("one entity")}
        entities = several.get(company.get("multi_entity"), "")
        codes = company.get("applications") or ()
        asked = (module for module in MODULES if module not in ALWAYS_SUBSCRIBED)
        return ", ".join(filter(None, [entities, *(gettext(module.name) for module in asked if module.code in codes)]))

    def _differences(self) -> list[str]:
        """The answers that Intacct contradicts, as what it reported instead."""
        company, connection = self.connection.company, self.connection
        several, codes = company.get("multi_entity"), company.get("applications")
        asked = [module for module in MODULES if module not in ALWAYS_SUBSCRIBED]
        differences = []
        if None not in (several, connection.several_entities) and several != connection.several_entities:
            words = gettext("The company has several entities.") if several else gettext("The company has one entity.")
            differences.append(words)
        if codes is not None and connection.modules is not None:
            on = [module for module in asked if module.code in codes]
            if {module.slug for module in on} != set(connection.modules):
                names = ", ".join(gettext(module.name) for module in on) or gettext("none of these")
                differences.append(gettext("In use: %(applications)s.") % {"applications": names})
        return differences

    def save(self, data: dict[str, Any]) -> str:
        ticks = dict.fromkeys(self.checklist.boxes, True)
        services.tasks_tick(connection=self.connection, stage=self.stage.slug, ticks=ticks, actor=self.request.visitor)
        services.answers_save(
            connection=self.connection,
            actor=self.request.user,
            permission_model=data["permission_model"],
            several_entities=data["several_entities"],
            modules=data["modules"],
        )
        return resolve_url("wizard:stage", self.connection.pk, "user_role")
