"""The Celery beat scheduler, which starts everything that is done at intervals."""

from typing import Any

from celery import beat

from .heartbeat import note_beat


class Scheduler(beat.Scheduler):
    """Reports that it is alive. If the clock was set back, it does not wait until the clock has caught up."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        note_beat()
        self._reset_future_entries()
        delay: float = super().tick(*args, **kwargs)
        return delay

    def _reset_future_entries(self) -> None:
        """Reset entries whose last run is in the future: they would not be due before that time."""
        for entry in self.schedule.values():
            if entry.last_run_at > entry.default_now():
                entry.last_run_at = entry.default_now()
                self._heap = None  # tick builds it again
