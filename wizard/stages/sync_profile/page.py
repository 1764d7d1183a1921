from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.shortcuts import resolve_url

from wizard import services
from wizard.models import SyncProfile
from wizard.stages.page import StagePage
from wizard.stages.sync_profile.forms import ProfileForm


class Page(StagePage):
    findings_template = "sync_profile/next.html"
    live_template = "sync_profile/profiles.html"
    poll_seconds = 3

    @cached_property
    def profiles(self) -> list[SyncProfile]:
        people = ("requested_by", "claimed_by", "decided_by")
        return list(self.connection.profiles.select_related("legal_entity", *people).order_by("-requested_at"))

    @cached_property
    def waiting(self) -> SyncProfile | None:
        return next((profile for profile in self.profiles if profile.is_waiting), None)

    def context(self) -> dict[str, Any]:
        entity_id = self.connection.entity_id
        names = {each["id"]: each["name"] for each in self.connection.company.get("entities", [])}
        return {"profiles": self.profiles, "waiting": self.waiting, "entity_name": names.get(entity_id, entity_id)}

    def form(self, data: QueryDict | None = None) -> ProfileForm | None:
        if self.waiting and data is None:
            return None
        return ProfileForm(data, connection=self.connection, person=self.request.user, initial=self.draft)

    def save(self, data: dict[str, Any]) -> str:
        services.profile_request(connection=self.connection, actor=self.request.user, **data)
        return self.url

    def waits(self) -> bool:
        return self.waiting is not None

    def waits_for(self) -> str:
        return f"waiting={self.waiting.pk}" if self.waiting else ""

    def moved_on(self) -> str:
        """The page polls naming the request it waits for; once that is decided, there is something new to see."""
        waited_for = self.request.GET.get("waiting", "")
        profile = next((each for each in self.profiles if str(each.pk) == waited_for), None)
        if profile is None or profile.is_waiting:
            return ""
        approved = profile.state == SyncProfile.State.APPROVED
        return resolve_url("wizard:stage", self.connection.pk, "smart_sync") if approved else self.url
