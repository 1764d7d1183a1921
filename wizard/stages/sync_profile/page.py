from functools import cached_property
from typing import Any

from django.db.models import Prefetch
from django.http import QueryDict
from django.shortcuts import resolve_url

from accounts.interrupted_posts import restore_typed
from wizard import services
from wizard.models import Question, SupportSettings, SyncProfile
from wizard.pages.stage_page import StagePage
from wizard.stages import SYNC_STAGE
from wizard.stages.sync_profile.forms import AnswerForm, ProfilesForm


class Page(StagePage):
    poll_seconds = 3
    # The profile whose answer was sent but is not valid.
    answered_profile: int | None = None

    @cached_property
    def profiles(self) -> list[SyncProfile]:
        """Profiles that wait for the user first, then the newest first."""
        people = ("legal_entity", "requested_by", "claimed_by", "decided_by")
        questions = Prefetch("questions", Question.objects.select_related("answered_by"))
        profiles = self.connection.profiles.select_related(*people).prefetch_related(questions)
        return sorted(profiles.order_by("-requested_at"), key=lambda profile: profile.state != SyncProfile.State.ASKED)

    @cached_property
    def waited_for(self) -> SyncProfile | None:
        return next((profile for profile in self.profiles if profile.is_with_beanworks), None)

    @property
    def target_hours(self) -> int:
        """Within how many business hours support usually decides."""
        return SupportSettings.current().target_hours

    @property
    def work_version(self) -> str:
        profiles = [(profile.pk, profile.state) for profile in self.profiles]
        return f"{self.status.state == 'locked'} {profiles}"

    def context(self) -> dict[str, Any]:
        return {
            "cards": [
                (profile, self._answer_form(profile)) for profile in self.profiles if profile not in self._earlier
            ],
            "earlier": self._earlier,
            "is_declined": self._is_declined,
            "is_request_next": self.acts and (self._is_declined or not self.profiles),
            "asked": self._asked if self.acts else None,
            "changeable": self._changeable,
        }

    @cached_property
    def _asked(self) -> SyncProfile | None:
        """The profile whose question to answer next."""
        return next((profile for profile in self.profiles if profile.state == SyncProfile.State.ASKED), None)

    @cached_property
    def _earlier(self) -> list[SyncProfile]:
        """Profiles that have ended and whose legal entity has a later request. They need no one any more."""
        latest: dict[int, int] = {}
        for profile in sorted(self.profiles, key=lambda profile: profile.requested_at):
            latest[profile.legal_entity_id] = profile.pk
        ended = (profile for profile in self.profiles if profile.state not in SyncProfile.OPEN)
        return [profile for profile in ended if profile.pk not in latest.values()]

    @property
    def _changeable(self) -> set[int]:
        """Approved profiles whose level can be changed: Intacct has others, and no request waits to replace them."""
        if len(self.connection.company.get("entities", [])) < 2:
            return set()
        waiting = {profile.replaces_id for profile in self.profiles if profile.is_waiting}
        approved = {profile.pk for profile in self.profiles if profile.state == SyncProfile.State.APPROVED}
        return approved - waiting

    @property
    def _is_declined(self) -> bool:
        return self.status.state == "attention" and self._asked is None

    def _answer_form(self, profile: SyncProfile) -> AnswerForm:
        if profile.pk == self.answered_profile:
            return AnswerForm(self.request.POST)
        sent_to = resolve_url("wizard:answer", self.connection.pk, profile.pk)
        return restore_typed(self.request, AnswerForm(auto_id=f"{profile.pk}_%s"), sent_to)

    def form(self, data: QueryDict | None = None) -> ProfilesForm | None:
        form = ProfilesForm(data, connection=self.connection, profiles=self.profiles, initial=self.edit.draft)
        sent_to = resolve_url("wizard:profile", self.connection.pk)
        return self.edit.restore_typed(form, sent_to) if form.legal_entities else None

    def save(self, data: dict[str, Any]) -> str:
        services.profiles_request(connection=self.connection, actor=self.request.user, **data)
        return self.url

    def next_url(self) -> str:
        """Reload when the request that the page waits for needs the user."""
        waited_for = self.request.GET.get("waiting", "")
        profile = next((profile for profile in self.profiles if str(profile.pk) == waited_for), None)
        if profile is None or profile.is_with_beanworks:
            return ""
        approved = profile.state == SyncProfile.State.APPROVED
        return resolve_url("wizard:stage", self.connection.pk, SYNC_STAGE.slug) if approved else self.url
