from typing import Any

from django.shortcuts import resolve_url
from django.utils.translation import gettext

from intacct.catalogue import MODULES
from wizard import services
from wizard.pages.account import account_checks
from wizard.pages.stage_page import StagePage


class Page(StagePage):
    def context(self) -> dict[str, Any]:
        person = self.connection.created_by if self.request.user.is_beanworks else self.request.user
        used = self.connection.modules or []
        return {
            "account": account_checks(person, self.connection.customer) if person else [],
            "applications": [gettext(module.name) for module in MODULES if module.slug in used],
        }

    def save(self, data: dict[str, Any]) -> str:
        ticks = dict.fromkeys(self.boxes(), True)
        services.tasks_tick(connection=self.connection, stage=self.stage.slug, ticks=ticks, actor=self.request.visitor)
        services.answers_save(
            connection=self.connection,
            actor=self.request.user,
            permission_model=data["permission_model"],
            several_entities=data["several_entities"],
            modules=data["modules"],
        )
        return resolve_url("wizard:stage", self.connection.pk, "user_role")
