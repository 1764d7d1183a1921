"""Pages show rows with stages, checks and causes that this release does not know."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from wizard.models import (
    Connection,
    Finding,
    Handover,
    Incident,
    Question,
    StageProgress,
    SyncProfile,
    Verification,
)
from wizard.stages import STAGES

pytestmark = pytest.mark.django_db


@pytest.fixture
def odd(verified: Connection, administrator: User) -> Connection:
    verification = Verification.objects.filter(connection=verified).latest("pk")
    Finding.objects.create(
        verification=verification,
        check_slug="gone",
        stage="gone",
        position=99,
        outcome="failed",
        cause="gone",
        facts={"gone": []},
    )
    for number, check_slug in enumerate(("perm.vendors", "custom_field")):
        Finding.objects.update_or_create(
            verification=verification,
            check_slug=check_slug,
            defaults={
                "stage": "user_role",
                "position": number,
                "outcome": "failed",
                "cause": "gone",
                "facts": {"at": 1},
            },
        )
    StageProgress.objects.create(connection=verified, stage="gone", ticks={"gone": {}}, attested_at=timezone.now())
    Incident.objects.create(connection=verified, check_slug="gone", stage="gone stage!", cause="gone")
    Handover.objects.create(
        connection=verified,
        stages=["gone", "user_role"],
        name="Ida",
        email="ida@example.com",
        created_by=administrator,
        token_hash="0",
        expires_at=timezone.now(),
    )
    Connection.objects.update(
        stage="gone stage!", must_act="customer", last_cause="gone", broken_since=timezone.now(), modules=["gone"]
    )
    return Connection.objects.get()


TICKS = [
    {"by": "Ada", "at": "0001-01-01T00:00:00+14:00"},
    {"by": "Ada", "at": "2026-11-28T12:00:00"},
    {"by": "Ada", "at": "yesterday"},
    {"by": "Ada", "at": 5},
    {"by": "Ada"},
    {"by": ["Ada"], "at": None},
    "Ada",
    [],
    None,
]


@pytest.mark.parametrize("tick", TICKS)
def test_step_is_shown_with_any_stored_tick(browser_of_ada: Client, verified: Connection, tick: object) -> None:
    ticks = {task.slug: tick for task in STAGES["user_role"].tasks}
    StageProgress.objects.update_or_create(connection=verified, stage="user_role", defaults={"ticks": ticks})

    page = browser_of_ada.get(reverse("wizard:stage", args=[verified.pk, "user_role"]))

    assert page.status_code == 200
    assert page.content.count(b" checked") >= len(ticks)


def test_answer_without_a_time_is_shown(browser_of_ada: Client, waiting: SyncProfile) -> None:
    Question.objects.create(profile=waiting, text="Which entity?", answer="The first one")

    page = browser_of_ada.get(reverse("wizard:stage", args=[waiting.connection_id, "sync_profile"]))

    assert b"The first one" in page.content


@pytest.mark.parametrize("slug", STAGES)
def test_every_step_is_shown_with_unknown_rows(browser_of_ada: Client, odd: Connection, slug: str) -> None:
    assert browser_of_ada.get(reverse("wizard:stage", args=[odd.pk, slug])).status_code == 200


def test_every_other_page_is_shown_with_unknown_rows(
    browser_of_ada: Client, odd: Connection, support: User, signed_in: Callable[[User], Client]
) -> None:
    for name in ("missing", "printout", "handover"):
        assert browser_of_ada.get(reverse(f"wizard:{name}", args=[odd.pk])).status_code == 200, name
    for query in ("", "?all"):
        assert browser_of_ada.get(reverse("wizard:home") + query, follow=True).status_code == 200

    beanworks = signed_in(support)
    for name in ("connection", "diagnostics"):
        assert beanworks.get(reverse(f"operations:{name}", args=[odd.pk])).status_code == 200, name
    for name in ("board", "board_csv", "queue"):
        answer = beanworks.get(reverse(f"operations:{name}"))
        assert answer.status_code == 200
        assert answer.getvalue()
