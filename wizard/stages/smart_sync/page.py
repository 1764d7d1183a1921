from functools import cached_property
from typing import Any

from django.shortcuts import resolve_url
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from core.text import Words
from wizard import services
from wizard.models import SyncProfile
from wizard.pages.stage_page import StagePage

AFTER = (
    (
        _("Partial syncs"),
        _("After the first sync, partial syncs read only what changed in Intacct. They take seconds to minutes."),
    ),
    (
        _("A schedule"),
        _("After one partial sync, you can schedule syncs for the times you choose."),
    ),
    (
        _("Access for your users"),
        _("Invite the users who work with these lists."),
    ),
    (
        _("A test bill"),
        _("Create one draft bill in Intacct and open its link. This verifies the connection to the end."),
    ),
)


class Page(StagePage):
    poll_seconds = 3
    work_version = ""

    @property
    def summary(self) -> Words:
        if self.status.is_verified:
            return gettext("Your lists are in Beanworks. Partial syncs keep them up to date.")
        return super().summary

    @cached_property
    def profiles(self) -> list[tuple[SyncProfile, Any]]:
        """Approved profiles, each with its newest run.

        The wizard must not import SmartSync, so it reaches the runs through the profile.
        """
        approved = self.connection.profiles.filter(state=SyncProfile.State.APPROVED).select_related("legal_entity")
        return [(profile, profile.runs.order_by("-pk").first()) for profile in approved.order_by("decided_at")]

    @cached_property
    def waited_for(self) -> Any:
        """The first sync, while it runs."""
        runs = (run for profile, run in self.profiles if run and not profile.first_synced_at)
        return next((run for run in runs if run.is_active), None)

    @property
    def _only(self) -> SyncProfile | None:
        return self.profiles[0][0] if len(self.profiles) == 1 else None

    def context(self) -> dict[str, Any]:
        only, acts = self._only, self.acts and not self.guest
        tests_next = acts and only is not None and services.is_test_bill_next(only)
        return {"profiles": self.profiles, "only": only, "after": self._after(), "tests_next": tests_next}

    def _after(self) -> list[tuple[str, str, str]]:
        """What comes after the first sync: title, text, and the address where to do it, if there is one yet."""
        only = self._only
        lists = resolve_url("smartsync:profile", only.pk) if only else resolve_url("smartsync:home")
        schedules = resolve_url("smartsync:schedules", only.pk) if only else lists
        people = resolve_url("accounts:users") if self.request.user.may_administer() else ""

        is_synced = any(profile.first_synced_at for profile, _run in self.profiles)
        test_bill = resolve_url("wizard:test_bill", self.connection.pk) if is_synced and not self.guest else ""
        places = (lists, schedules, people, test_bill) if self.profiles else ("",) * len(AFTER)
        return [(gettext(title), gettext(words), place) for (title, words), place in zip(AFTER, places, strict=True)]

    def next_url(self) -> str:
        """Reload when the run that the page shows has ended."""
        shown = self.request.GET.get("waiting", "")
        return self.url if shown and (self.waited_for is None or str(self.waited_for.pk) != shown) else ""
