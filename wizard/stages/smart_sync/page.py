from functools import cached_property
from typing import Any

from wizard.models import SyncProfile
from wizard.stages.page import StagePage


class Page(StagePage):
    findings_template = "smart_sync/next.html"
    poll_seconds = 3

    @cached_property
    def profiles(self) -> list[tuple[SyncProfile, Any]]:
        """Approved profiles, each with its newest run. Runs are SmartSync's, which stands above the wizard: reached
        through the profile, never imported."""
        approved = self.connection.profiles.filter(state=SyncProfile.State.APPROVED).select_related("legal_entity")
        return [(profile, profile.runs.order_by("-pk").first()) for profile in approved.order_by("decided_at")]

    @cached_property
    def running(self) -> Any:
        """The first sync that is under way."""
        runs = (run for profile, run in self.profiles if run and not profile.first_synced_at)
        return next((run for run in runs if run.is_active), None)

    def context(self) -> dict[str, Any]:
        return {"profiles": self.profiles}

    def waits(self) -> bool:
        return self.running is not None

    def waits_for(self) -> str:
        return f"run={self.running.pk}" if self.running else ""

    def moved_on(self) -> str:
        """The page polls naming the run it shows; once that has ended, the page says what next."""
        shown = self.request.GET.get("run", "")
        return self.url if shown and (self.running is None or str(self.running.pk) != shown) else ""
