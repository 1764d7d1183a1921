"""The numbers of checks are the same wherever they are shown."""

from collections.abc import Callable

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import AuditEvent
from tests.wizard.pages.conftest import PASSED_SIGN_IN
from tests.wizard.pages.reading import words
from wizard.models import Connection, Finding, SyncProfile, Verification
from wizard.pages.findings import groups_of, tally_of
from wizard.progress import stage_statuses
from wizard.services import confirm_check
from wizard.services.events import record
from wizard.services.verifications import result_facts
from wizard.stages import stage_checks


def test_every_page_counts_checks_alike(
    browser_of_ada: Client,
    signed_in: Callable[[User], Client],
    administrator: User,
    support: User,
    waiting: SyncProfile,
    make_verification: Callable[..., Verification],
) -> None:
    connection = waiting.connection
    verification = make_verification(
        failed={"perm.vendors": "right_missing"}, passed=(*PASSED_SIGN_IN, "perm.departments")
    )
    unsure = {"user_type": "not_reported", "perm.pay_bills": "right_unproved", "formatting": "formatting_unusual"}
    for position, (slug, cause) in enumerate(unsure.items(), 10):
        Finding.objects.create(
            verification=verification, check_slug=slug, stage="user_role", position=position,
            outcome="cannot_tell", cause=cause,
        )  # fmt: skip
    confirm_check(connection=connection, actor=administrator, check="user_type")
    Connection.objects.update(first_synced_at=timezone.now())
    connection.refresh_from_db()

    tally = tally_of(groups_of(connection, stage_statuses(connection), None))
    assert tally.total == len(list(stage_checks(connection.company)))
    assert tally.words.startswith("41 checks: 1 failed, 5 passed, 1 confirmed by eye")

    step = reverse("wizard:stage", args=[connection.pk, "credentials"])
    request = reverse("operations:request", args=[waiting.pk])
    assert tally.words in words(browser_of_ada.get(step))
    assert tally.words in words(browser_of_ada.get(reverse("wizard:connection", args=[connection.pk])))
    assert tally.words in words(signed_in(support).get(request))

    Finding.objects.filter(outcome="failed").delete()
    findings = list(verification.findings.all())
    record("verification.finished", connection, None, **result_facts(verification, findings))
    sentence = AuditEvent.objects.get(action="verification.finished").sentence
    assert sentence.startswith("Verification finished: 5 passed, 1 to confirm by eye, 1 confirmed by eye")
