"""Rows that no code writes any more: stages, checks and causes that this release does not know."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from wizard.models import Connection, Finding, Handover, Incident, StageProgress, Verification
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
        facts=[],
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
        made_by=administrator,
        token_hash="0",
        expires_at=timezone.now(),
    )
    Connection.objects.update(
        stage="gone stage!", must_act="customer", last_cause="gone", broken_since=timezone.now(), modules=["gone"]
    )
    return Connection.objects.get()


@pytest.mark.parametrize("slug", [stage.slug for stage in STAGES])
def test_every_step_is_shown(browser_of_ada: Client, odd: Connection, slug: str) -> None:
    assert browser_of_ada.get(reverse("wizard:stage", args=[odd.pk, slug])).status_code == 200
    # 286 tells htmx to stop asking.
    assert browser_of_ada.get(reverse("wizard:findings", args=[odd.pk, slug])).status_code == 286


def test_every_other_page_is_shown(
    browser_of_ada: Client, odd: Connection, support: User, signed_in: Callable[[User], Client]
) -> None:
    for name in ("missing", "printout", "handover"):
        assert browser_of_ada.get(reverse(f"wizard:{name}", args=[odd.pk])).status_code == 200, name
    for query in ("", "?all"):
        assert browser_of_ada.get(reverse("wizard:home") + query, follow=True).status_code == 200

    beanworks = signed_in(support)
    for name in ("connection", "bundle"):
        assert beanworks.get(reverse(f"operations:{name}", args=[odd.pk])).status_code == 200, name
    for name in ("board", "board_csv", "queue"):
        answer = beanworks.get(reverse(f"operations:{name}"))
        assert answer.status_code == 200
        assert answer.getvalue()
