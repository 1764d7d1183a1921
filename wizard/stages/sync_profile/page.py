from collections.abc import Sequence
from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.http import QueryDict
from django.shortcuts import resolve_url

from accounts.interrupted import restored
from wizard import services
from wizard.forms import AnswerForm
from wizard.models import Question, SyncProfile
from wizard.stages.page import StagePage
from wizard.stages.sync_profile.forms import ProfilesForm


class Page(StagePage):
    findings_template = "sync_profile/next.html"
    live_template = "sync_profile/profiles.html"
    poll_seconds = 3
    # Of which request the answer was sent that is not valid.
    answered: int | None = None

    @cached_property
    def profiles(self) -> list[SyncProfile]:
        """Those that wait for the person first, then the newest first."""
        people = ("legal_entity", "requested_by", "claimed_by", "decided_by")
        questions = Prefetch("questions", Question.objects.select_related("answered_by"))
        found = self.connection.profiles.select_related(*people).prefetch_related(questions)
        return sorted(found.order_by("-requested_at"), key=lambda each: each.state != SyncProfile.State.ASKED)

    @cached_property
    def waiting(self) -> SyncProfile | None:
        return next((profile for profile in self.profiles if profile.is_with_beanworks), None)

    def context(self) -> dict[str, Any]:
        return {"cards": [(profile, self._answer_form(profile)) for profile in self.profiles]}

    def _answer_form(self, profile: SyncProfile) -> AnswerForm:
        if profile.pk == self.answered:
            return AnswerForm(self.request.POST)
        sent_to = resolve_url("wizard:answer", self.connection.pk, profile.pk)
        return restored(self.request, AnswerForm(auto_id=f"{profile.pk}_%s"), sent_to)

    def form(self, data: QueryDict | None = None) -> ProfilesForm | None:
        form = ProfilesForm(data, connection=self.connection, profiles=self.profiles, initial=self.draft)
        return self.restored(form) if form.legal_entities else None

    def sent_to(self) -> Sequence[str]:
        return [resolve_url("wizard:profile", self.connection.pk)]

    def save(self, data: dict[str, Any]) -> str:
        services.profiles_request(connection=self.connection, actor=self.request.user, **data)
        return self.url

    def waits(self) -> bool:
        return self.waiting is not None

    def waits_for(self) -> str:
        return f"waiting={self.waiting.pk}" if self.waiting else ""

    def moved_on(self) -> str:
        """The page polls naming the request it waits for; once it is the person's turn, there is something to see."""
        waited_for = self.request.GET.get("waiting", "")
        profile = next((each for each in self.profiles if str(each.pk) == waited_for), None)
        if profile is None or profile.is_with_beanworks:
            return ""
        approved = profile.state == SyncProfile.State.APPROVED
        return resolve_url("wizard:stage", self.connection.pk, "smart_sync") if approved else self.url
