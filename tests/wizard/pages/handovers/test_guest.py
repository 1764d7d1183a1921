"""What a guest sees and does."""

import re
import time
from collections.abc import Callable

from django.conf import settings as product
from django.test import Client
from django.urls import reverse
from time_machine import travel

from accounts.models import User
from audit.models import AuditEvent
from mail.models import Email
from tests.wizard.pages.handovers.guest import GUEST, stage
from tests.wizard.pages.reading import main, words
from wizard.models import Connection, Handover, Verification


def test_guest_sees_only_the_steps_handed_over(
    ida: Client, answered: Connection, stranger: User, signed_in: Callable[[User], Client]
) -> None:
    rail = words(ida.get(stage(answered, "user_role")))
    assert "Web Services user and role" in rail
    assert "API Sync Profile" not in rail
    for slug in ("pre_checks", "custom_field", "sync_profile", "smart_sync"):
        assert ida.get(stage(answered, slug)).status_code == 404
    foreign = Connection.objects.create(customer=stranger.customer)  # type: ignore[misc]
    assert ida.get(stage(foreign, "user_role")).status_code == 302
    assert ida.get("/smartsync/").status_code == 302


def test_menu_of_a_guest_is_saved_in_the_session(ida: Client, answered: Connection, administrator: User) -> None:
    assert "Company → Setup → Company → Edit → Security" in words(ida.get(stage(answered, "sender_id")))

    ida.post(reverse("accounts:menu"), {"menu": "older"})

    assert "Company → Company Info → Edit → Security" in words(ida.get(stage(answered, "sender_id")))
    administrator.refresh_from_db()
    assert not administrator.has_older_menu


def test_guest_and_maker_see_who_did_what(ida: Client, browser_of_ada: Client, answered: Connection, page: str) -> None:
    ida.post(stage(answered, "sender_id", "tick"), {"ticked": ["add"]})
    ida.post(stage(answered, "sender_id", "attest"))
    hers = words(browser_of_ada.get(stage(answered, "sender_id")))
    assert "Marked as done by Ida Intacct (Intacct administrator) on" in hers
    assert "Ida Intacct (Intacct administrator) marked this step as done" in hers
    assert "Marked Sender ID as done" in words(browser_of_ada.get(page))
    event = AuditEvent.objects.get(action="stage.attested", actor_name__startswith="Ida")
    assert (event.actor_id, event.metadata["handover"]) == (None, Handover.objects.get().pk)


def test_guest_reads_that_they_can_fix_what_an_intacct_administrator_fixes(
    ida: Client, browser_of_ada: Client, answered: Connection, make_verification: Callable[..., Verification]
) -> None:
    make_verification(failed={"perm.vendors": "right_missing"})

    assert "You can fix this in Intacct" in words(ida.get(stage(answered, "user_role")))
    assert "An Intacct administrator needs to fix this" in words(browser_of_ada.get(stage(answered, "user_role")))


def test_guest_can_enter_and_check_credentials(ida: Client, answered: Connection) -> None:
    secret = "canary-of-the-web-user"
    typed = {"company_id": "hillside", "user_id": "Beanworks", "password": secret}
    response = ida.post(stage(answered, "credentials"), typed, follow=True)
    assert Verification.objects.get().is_active
    assert secret not in response.content.decode()
    assert secret not in str(list(AuditEvent.objects.values()))


def test_several_guests_work_at_the_same_time(
    ida: Client, browser_of_ada: Client, page: str, answered: Connection
) -> None:
    second = browser_of_ada.post(page, GUEST | {"name": "Ron", "email": "ron@example.com"}, follow=True)
    ron = Client()
    ron.get(main(second).xpath("string(.//code)").removeprefix(product.SITE_URL))
    ron.post("/handover/")

    assert ron.get(stage(answered, "user_role")).status_code == 200
    assert ida.get(stage(answered, "user_role")).status_code == 200


def test_guest_continues_on_another_device(ida: Client, answered: Connection) -> None:
    assert "Continue on another device" in words(ida.get(stage(answered, "user_role")))
    before = Handover.objects.get().expires_at

    with travel(time.time() + 90):
        sent = words(ida.post("/handover/another-device/"))

    assert "We’ve emailed a new link to i…@example.com." in sent
    assert ida.get(stage(answered, "user_role")).status_code == 302
    assert Handover.objects.get().expires_at == before
    desktop = Client()
    desktop.get(re.search(r"/handover/\S+/", Email.objects.latest("pk").text)[0])  # type: ignore[index]
    desktop.post("/handover/")
    assert desktop.get(stage(answered, "user_role")).status_code == 200
