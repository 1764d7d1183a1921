"""beat shows that it is alive, and goes on when the clock is set back."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from time_machine import travel

from beanworks_connect.beat import Scheduler
from beanworks_connect.celery import app
from beanworks_connect.heartbeat import SILENCE, broker

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _empty_queue() -> None:
    broker().delete("periodic", "heartbeat:beat")


def tick_until_idle(scheduler: Scheduler) -> int:
    """How many messages it sent."""
    before = broker().llen("periodic")
    while scheduler.tick() == 0:
        pass
    return int(broker().llen("periodic") - before)


def test_a_look_at_the_clock_is_a_sign_of_life_that_lasts_for_seconds() -> None:
    Scheduler(app).tick()

    assert 0 < broker().ttl("heartbeat:beat") <= SILENCE
    assert settings.CELERY_BEAT_MAX_LOOP_INTERVAL < SILENCE / 2


def test_beat_asks_for_every_task_that_nothing_else_starts() -> None:
    app.loader.import_default_modules()
    own = {name for name in app.tasks if not name.startswith("celery.")}

    asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert asked == own - settings.CELERY_TASK_ROUTES.keys()


@pytest.mark.django_db
def test_health_names_a_frozen_beat(client: Client) -> None:
    assert client.get("/healthz").json()["beat"] == "has not been heard for 10 s"

    Scheduler(app).tick()

    assert client.get("/healthz").json()["beat"] == "ok"


@pytest.mark.parametrize("back", [timedelta(minutes=5), timedelta(hours=1), timedelta(days=400)])
def test_a_clock_that_is_set_back_does_not_stop_beat(back: timedelta) -> None:
    scheduler = Scheduler(app)
    sweeps = sum(entry["schedule"] == settings.SWEEP_SECONDS for entry in settings.CELERY_BEAT_SCHEDULE.values())
    with travel(NOW, tick=False):
        tick_until_idle(scheduler)

    with travel(NOW - back, tick=False):
        tick_until_idle(scheduler)
    with travel(NOW - back + timedelta(seconds=settings.SWEEP_SECONDS), tick=False):
        assert tick_until_idle(scheduler) == sweeps
