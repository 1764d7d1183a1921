"""beat: what asks for everything that is done at intervals."""

from typing import Any

from celery import beat

from .heartbeat import note_beat


class Scheduler(beat.Scheduler):
    """Shows that it is alive, and does not wait for a clock that was set back to catch up."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        note_beat()
        self._forget_future()
        delay: float = super().tick(*args, **kwargs)
        return delay

    def _forget_future(self) -> None:
        """An entry whose last run lies in the future would not be due before then."""
        for entry in self.schedule.values():
            if entry.last_run_at > entry.default_now():
                entry.last_run_at = entry.default_now()
                self._heap = None  # worked out again by tick
