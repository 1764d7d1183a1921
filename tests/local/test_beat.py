"""beat reports that it runs, and continues when the clock is set back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from time_machine import travel

from beanworks_connect.beat import Scheduler
from beanworks_connect.celery import app
from beanworks_connect.heartbeat import BEAT, SILENCE, broker, heartbeat_ages

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _empty_queue() -> None:
    broker().delete("periodic", "heartbeat:beat")


def tick_until_idle(scheduler: Scheduler) -> int:
    """Return the number of messages sent."""
    before = broker().llen("periodic")
    while scheduler.tick() == 0:
        pass
    return int(broker().llen("periodic") - before)


def test_beat_reports_each_tick_for_a_few_seconds() -> None:
    Scheduler(app).tick()

    assert (heartbeat_ages()[BEAT] or 0) < SILENCE
    assert settings.CELERY_BEAT_MAX_LOOP_INTERVAL < SILENCE / 2


def test_beat_schedules_every_task_that_nothing_else_starts() -> None:
    app.loader.import_default_modules()
    own = {name for name in app.tasks if not name.startswith("celery.")}

    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert scheduled == own - settings.CELERY_TASK_ROUTES.keys()


@pytest.mark.django_db
def test_health_names_a_frozen_beat(client: Client) -> None:
    assert client.get("/healthz").json()["beat"] == "has not been heard for 10 s"

    Scheduler(app).tick()

    assert client.get("/healthz").json()["beat"] == "ok"


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(hours=1), timedelta(days=400)])
def test_beat_continues_when_the_clock_is_set_back(back: timedelta) -> None:
    scheduler = Scheduler(app)
    sweeps = sum(entry["schedule"] == settings.SWEEP_SECONDS for entry in settings.CELERY_BEAT_SCHEDULE.values())
    with travel(NOW, tick=False):
        tick_until_idle(scheduler)

    with travel(NOW - back, tick=False):
        tick_until_idle(scheduler)
    with travel(NOW - back + timedelta(seconds=settings.SWEEP_SECONDS), tick=False):
        assert tick_until_idle(scheduler) == sweeps
