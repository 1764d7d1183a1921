"""A test bill: a user asks for it, a worker creates it once (see `test_bill_work`), and someone opens its link.

Nothing else creates one: no schedule, no retry of something else.
"""

import uuid
from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.errors import Refused
from core.isolated_text import Sentence
from core.leases import State
from core.queue import publish
from wizard.models import Connection, Outcome, SyncProfile, TestBill
from wizard.models.handover import VALID_FOR
from wizard.models.test_bill import ADD, FIELD_TYPE, PREFIX, token_of
from wizard.services.events import record
from wizard.services.sign_ins import refuse_while_blocked
from wizard.services.test_results import save_passed, save_test_results
from wizard.verification.check import Answer


@transaction.atomic
def send_test_bill(
    *, profile: SyncProfile, actor: User, chosen: Mapping[str, str], after: int, confirm: bool
) -> TestBill:
    """Queue a draft bill with one line of 0.01 in the Intacct company of a profile.

    chosen: codes by Intacct's name of the field. WHENCREATED is an ISO date.
    after: the position of the newest test that the user knows, 0 for none. If there is a newer one, this request is a
    second click, or comes from another tab or user, and is refused.
    """
    if not confirm:
        raise Refused(_("Nothing was sent. Confirm that we may create a draft bill in Intacct."))
    connection = Connection.objects.select_for_update().get(pk=profile.connection_id)
    _refuse_unless_synced(profile)
    refuse_while_blocked(connection)
    latest = TestBill.objects.latest_of(connection)
    _refuse_second(latest, after)
    test = _create(connection, profile, actor, chosen, latest.position + 1 if latest else 1)
    record("test_bill.requested", connection, actor, number=test.number)
    publish(TestBill.task, test.pk)
    return test


def is_test_bill_next(profile: SyncProfile) -> bool:
    """Whether the first full sync is done, and neither a test bill nor another kind of sync followed."""
    # The wizard must not import SmartSync, so it reaches the runs through the profile.
    has_continued = profile.runs.filter(kind="partial").exists()
    is_tested = TestBill.objects.filter(connection=profile.connection_id).exists()
    return profile.first_synced_at is not None and not has_continued and not is_tested


@transaction.atomic
def look_for_test_bill(*, test: TestBill, actor: User) -> None:
    """Look in Intacct once more for a bill that may or may not have been created. Sends no bill."""
    Connection.objects.select_for_update().get(pk=test.connection_id)
    refuse_while_blocked(test.connection)
    unsettled = TestBill.objects.filter(pk=test.pk, state=State.DONE, phase=TestBill.Phase.UNSETTLED)
    if unsettled.update(state=State.QUEUED, failures=0, finished_at=None):
        record("test_bill.looked_for", test.connection, actor, number=test.number)
        publish(TestBill.task, test.pk)


def find_test_bill(token_hash: str) -> TestBill | None:
    tests = TestBill.objects.filter(token_hash=token_hash, expires_at__gt=timezone.now())
    return tests.select_related("connection").first()


@transaction.atomic
def save_opened_link(*, test: TestBill, browser: str) -> None:
    """Save that someone opened the link from the bill. Only the first time counts."""
    test = _lock(test)
    if test.opened_at:
        return
    test.opened_at, test.opened_with = timezone.now(), browser
    TestBill.objects.filter(pk=test.pk).update(opened_at=test.opened_at, opened_with=browser)
    # Only Intacct had the link, so a link that was opened shows that Intacct has the bill, even if no answer did.
    save_passed(test, FIELD_TYPE, *([] if test.record_no else [ADD]))
    record("test_bill.opened", test.connection, None, number=test.number, browser=browser)


@transaction.atomic
def save_plain_text(*, test: TestBill, actor: User | None) -> None:
    """Save that Intacct shows the link as plain text, as a user or someone with the link reported: it is not a URL."""
    test = _lock(test)
    if test.opened_at or test.shown_as_text_at:
        return
    TestBill.objects.filter(pk=test.pk).update(shown_as_text_at=timezone.now())
    answer = Answer(Outcome.FAILED, "field_shown_as_text", {"test_bill": test.number})
    save_test_results(test, {FIELD_TYPE: answer})
    record("test_bill.shown_as_text", test.connection, actor, number=test.number)


def _lock(test: TestBill) -> TestBill:
    """Lock the connection, and then the test: in the order in which workers lock them."""
    Connection.objects.select_for_update().get(pk=test.connection_id)
    return TestBill.objects.select_for_update(of=["self"]).select_related("connection").get(pk=test.pk)


def _refuse_unless_synced(profile: SyncProfile) -> None:
    if profile.state != SyncProfile.State.APPROVED or profile.first_synced_at is None:
        raise Refused(_("A test bill needs a legal entity whose first full sync is complete."))


def _refuse_second(latest: TestBill | None, after: int) -> None:
    if latest is None or (latest.position <= after and not latest.is_active):
        return
    name = latest.requested_by.name if latest.requested_by else _("another user")
    words = _("%(name)s sent the test bill %(number)s. Nothing else was sent.")
    raise Refused(Sentence(words, {"name": name, "number": latest.number}))


def _create(
    connection: Connection, profile: SyncProfile, actor: User, chosen: Mapping[str, str], position: int
) -> TestBill:
    control_id = f"test-bill-{uuid.uuid4().hex}"
    day = date.fromisoformat(chosen["WHENCREATED"])
    return TestBill.objects.create(
        connection=connection,
        profile=profile,
        requested_by=actor,
        position=position,
        number=f"{PREFIX}-{day:%Y%m%d}-{position}",
        control_id=control_id,
        token_hash=token_of(control_id).hash,
        expires_at=timezone.now() + VALID_FOR,
        company_id=connection.company_id,
        user_id=connection.user_id,
        chosen=dict(chosen),
    )
