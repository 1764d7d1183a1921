"""Handovers to an Intacct administrator: a link that opens once, for the chosen steps only."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings as product
from django.contrib.sessions.models import Session
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.models import Customer, OrgUnit, Role, User
from audit.models import AuditEvent
from mail.models import Email
from mail.services import email_record_bounce
from tests.support.users import create_user
from tests.wizard.pages.reading import chosen, main, words
from wizard import services
from wizard.models import Connection, Handover, StageProgress, Verification
from wizard.services import Changed, Version

GUEST = {"name": "Ida Intacct", "email": "ida@example.com", "stages": ["user_role", "sender_id", "credentials"]}


@pytest.fixture
def page(answered: Connection) -> str:
    return reverse("wizard:handover", args=[answered.pk])


@pytest.fixture
def link(browser_of_ada: Client, page: str) -> str:
    response = browser_of_ada.post(page, GUEST | {"note": "By Friday, please."}, follow=True)
    address: str = main(response).xpath("string(.//code)")
    return address.removeprefix(product.SITE_URL)


@pytest.fixture
def ida(link: str) -> Client:
    """The browser of a guest who opened the link and started."""
    client = Client()
    assert "By Friday, please." in words(client.get(link, follow=True))
    client.post("/handover/", follow=True)
    return client


def stage(connection: Connection, slug: str, *act: str) -> str:
    return reverse(f"wizard:{act[0] if act else 'stage'}", args=[connection.pk, slug])


def test_link_is_emailed_only_to_the_guest(link: str) -> None:
    mail = Email.objects.get()
    assert (mail.kind, mail.address) == ("handover", "ida@example.com")
    assert mail.text.count(link) == 1


def test_token_is_stored_only_as_a_hash(link: str, ida: Client) -> None:
    token = link.rstrip("/").rpartition("/")[2]
    assert len(token) >= 43
    assert token not in str(list(Handover.objects.values()))
    assert token not in str(list(AuditEvent.objects.values()))
    assert re.fullmatch(r"[0-9a-f]{64}", Handover.objects.get().token_hash)


def test_link_opens_in_one_browser_only(link: str, ida: Client, answered: Connection) -> None:
    assert ida.get(stage(answered, "user_role")).status_code == 200
    assert ida.get(link, follow=True).status_code == 200
    other = Client()
    assert "This link is open in another browser" in words(other.get(link, follow=True))
    assert other.get(stage(answered, "user_role")).status_code == 302


def test_only_open_steps_are_selected(browser_of_ada: Client, answered: Connection, page: str) -> None:
    assert chosen(browser_of_ada.get(page), "stages") == ["user_role", "sender_id", "custom_field", "credentials"]

    StageProgress.objects.create(connection=answered, stage="sender_id", attested_at=timezone.now())

    assert chosen(browser_of_ada.get(page), "stages") == ["user_role", "custom_field", "credentials"]


def test_page_shows_that_the_link_was_emailed_and_how_far_the_guest_is(
    browser_of_ada: Client, link: str, page: str, answered: Connection
) -> None:
    Email.objects.update(state="done", sent_at=timezone.now())
    ida = Client(headers={"user-agent": "Mozilla/5.0 (Windows NT 10.0) Chrome/150"})
    ida.get(link, follow=True)
    ida.post("/handover/")
    ida.post(stage(answered, "sender_id", "attest"))

    card = words(browser_of_ada.get(page))

    assert re.search(r"Emailed .* · opened .* on Chrome, Windows · 1 of 3 done", card)
    assert ".." not in card


def test_link_is_shown_once_with_the_address_it_was_emailed_to(browser_of_ada: Client, page: str) -> None:
    sent = words(browser_of_ada.post(page, GUEST, follow=True))

    assert "We’ve emailed this link to ida@example.com" in sent
    assert "We’ve emailed" not in words(browser_of_ada.get(page))


@pytest.fixture
def bounced(link: str) -> Handover:
    email = Email.objects.get()
    Email.objects.update(state="done", sent_at=timezone.now())
    email_record_bounce(email=email, reply="550 no such user")
    return Handover.objects.get()


def test_bounce_is_shown_to_the_administrator(
    browser_of_ada: Client, bounced: Handover, page: str, answered: Connection
) -> None:
    card = browser_of_ada.get(page)
    assert "The email to ida@example.com was not delivered" in words(card)
    assert "Not delivered" in words(card)
    assert "The link for Ida Intacct was not delivered to ida@example.com." in words(
        browser_of_ada.get(stage(answered, "user_role"))
    )
    assert main(card).xpath("//a[text()='Correct the address']")


def test_corrected_address_gets_a_new_link_and_the_old_link_ends(
    browser_of_ada: Client, bounced: Handover, link: str, answered: Connection
) -> None:
    address = reverse("wizard:handover_address", args=[answered.pk, bounced.pk])

    sent = browser_of_ada.post(address, {"email": "ida.intacct@example.com"}, follow=True)

    assert "We’ve emailed this link to ida.intacct@example.com" in words(sent)
    assert "Not delivered" not in words(sent)
    assert Client().get(link, follow=True).status_code == 404
    assert Email.objects.latest("pk").address == "ida.intacct@example.com"
    assert AuditEvent.objects.get(action="handover.address_corrected").metadata["guest"] == "Ida Intacct"


def test_address_of_another_guest_is_refused(
    browser_of_ada: Client, bounced: Handover, page: str, answered: Connection
) -> None:
    browser_of_ada.post(page, GUEST | {"name": "Ron", "email": "ron@example.com"})
    address = reverse("wizard:handover_address", args=[answered.pk, bounced.pk])

    refused = browser_of_ada.post(address, {"email": "ron@example.com"})

    assert "ron@example.com already has a handover of this connection." in words(refused)


def test_several_guests_work_at_the_same_time(
    ida: Client, browser_of_ada: Client, page: str, answered: Connection
) -> None:
    second = browser_of_ada.post(page, GUEST | {"name": "Ron", "email": "ron@example.com"}, follow=True)
    ron = Client()
    ron.get(main(second).xpath("string(.//code)").removeprefix(product.SITE_URL))
    ron.post("/handover/")

    assert ron.get(stage(answered, "user_role")).status_code == 200
    assert ida.get(stage(answered, "user_role")).status_code == 200


def test_steps_are_printed_instead(browser_of_ada: Client, page: str) -> None:
    paper = words(browser_of_ada.post(page, {"print": "1", "stages": ["sender_id"]}, follow=True))

    assert "BeanworksMPP" in paper
    assert "Link to Beanworks Invoice" not in paper
    assert not Email.objects.exists()


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


def test_new_links_for_other_devices_are_limited(link: str, ida: Client, answered: Connection) -> None:
    other = Client()
    other.get(link)

    refused = other.post("/handover/another-device/")

    assert refused.status_code == 429
    assert "You can send the next one in 1 minute." in words(refused)
    assert ida.get(stage(answered, "user_role")).status_code == 200


def test_administrator_previews_what_the_guest_sees_and_cannot_act(
    browser_of_ada: Client, link: str, answered: Connection, page: str
) -> None:
    preview = reverse("wizard:handover_preview", args=[answered.pk, Handover.objects.get().pk])
    assert "This is a preview of what Ida Intacct sees." in words(browser_of_ada.get(preview))

    step = browser_of_ada.post(preview, follow=True)

    assert "This is a preview of what Ida Intacct sees." in words(step)
    assert not main(step).xpath(".//button[normalize-space() = 'Mark as done']")
    assert browser_of_ada.post(stage(answered, "sender_id", "attest")).status_code == 403
    assert browser_of_ada.get(stage(answered, "sync_profile")).status_code == 404
    assert Handover.objects.get().opened_at is None

    browser_of_ada.get(page)
    assert browser_of_ada.get(stage(answered, "sync_profile")).status_code == 200


def end(way: str, administrator: User, branch: OrgUnit) -> None:
    match way:
        case "expired":
            Handover.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "revoked":
            services.handover_revoke(handover=Handover.objects.get(), actor=administrator)
        case "maker left":
            User.objects.filter(pk=administrator.pk).update(is_active=False)
        case "maker's role ended":
            administrator.roles.all().delete()
        case "maker moved to a branch":
            User.objects.filter(pk=administrator.pk).update(home_org_unit=branch)


LOST_RIGHTS = ["maker left", "maker's role ended", "maker moved to a branch"]


@pytest.mark.parametrize("reason", ["expired", "revoked", *LOST_RIGHTS])
def test_link_stops_working(
    ida: Client, link: str, answered: Connection, administrator: User, branch: OrgUnit, reason: str
) -> None:
    end(reason, administrator, branch)
    assert ida.get(stage(answered, "user_role")).status_code == 302
    assert ida.post(stage(answered, "user_role", "attest")).status_code == 302
    assert not StageProgress.objects.filter(stage="user_role", attested_at__isnull=False).exists()
    assert Client().get(link, follow=True).status_code == 404


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


def test_guest_can_enter_and_check_credentials(ida: Client, answered: Connection) -> None:
    secret = "canary-of-the-web-user"
    typed = {"company_id": "hillside", "user_id": "Beanworks", "password": secret}
    response = ida.post(stage(answered, "credentials"), typed, follow=True)
    assert Verification.objects.get().is_active
    assert secret not in response.content.decode()
    assert secret not in str(list(AuditEvent.objects.values()))


def test_ended_handover_cannot_be_ended_again(browser_of_ada: Client, answered: Connection, link: str) -> None:
    end = reverse("wizard:handover_revoke", args=[answered.pk, Handover.objects.get().pk])
    browser_of_ada.post(end)

    page = browser_of_ada.get(end, follow=True)

    assert "This handover was revoked." in words(page)
    assert page.redirect_chain


def test_new_link_replaces_the_old_one(browser_of_ada: Client, ida: Client, answered: Connection) -> None:
    handover = Handover.objects.get()
    with travel(time.time() + 90):
        browser_of_ada.post(reverse("wizard:handover_renew", args=[answered.pk, handover.pk]))
    assert ida.get(stage(answered, "user_role")).status_code == 302
    assert Email.objects.count() == 2


def test_guessed_links_are_limited(answered: Connection) -> None:
    client = Client()
    answers = [client.get(f"/handover/guess-{number}/", follow=True) for number in range(25)]
    assert {answer.status_code for answer in answers[:20]} == {404}
    assert answers[-1].status_code == 429
    assert "You can open the next one in 1 minute." in words(answers[-1])
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


def test_link_works_after_guesses_from_the_same_address(link: str) -> None:
    for number in range(25):
        Client().get(f"/handover/guess-{number}/")

    assert Client().get(link, follow=True).status_code == 200


def test_limit_for_one_dead_link_does_not_affect_other_links(answered: Connection) -> None:
    answers = [Client().get("/handover/old-link/", follow=True).status_code for _ in range(30)]

    assert answers[4:6] == [404, 429]
    assert Client().get("/handover/another-old-link/", follow=True).status_code == 404


def test_dead_link_creates_no_session(answered: Connection) -> None:
    before = Session.objects.count()

    for dead in ("/handover/guess/", "/handover/", "/account/invitation/guess/", "/account/invitation/"):
        assert Client().get(dead, follow=True).status_code in (404, 410)

    assert Session.objects.count() == before


def test_printout_contains_every_value_and_permission(browser_of_ada: Client, answered: Connection) -> None:
    paper = words(browser_of_ada.get(reverse("wizard:printout", args=[answered.pk])))
    for text in ("Beanworks API", "BeanworksMPP", "BEANWORKS", "Link to Beanworks Invoice", "Transaction Allocations"):
        assert text in paper


def test_second_editor_sees_what_the_first_one_changed(
    ida: Client, browser_of_ada: Client, answered: Connection
) -> None:
    credentials_page = stage(answered, "credentials")
    version = main(browser_of_ada.get(credentials_page)).xpath("string(.//input[@name='version']/@value)")
    hers = {"company_id": "hillside-two", "user_id": "Beanworks", "password": "hers", "version": version}
    ida.post(
        credentials_page, {"company_id": "hillside", "user_id": "Beanworks", "password": "idas", "version": "0.another"}
    )
    refused = browser_of_ada.post(credentials_page, hers)
    assert "Ida Intacct (Intacct administrator) changed this step while you were editing." in words(refused)
    assert "hillside" in main(refused).xpath("string(.//*[contains(@class, 'panel--quiet')]//dl)")
    assert main(refused).xpath("string(.//input[@name='company_id']/@value)") == "hillside-two"
    assert Connection.objects.get(pk=answered.pk).company_id == "hillside"
    hers["version"] = main(refused).xpath("string(.//input[@name='version']/@value)")
    browser_of_ada.post(credentials_page, hers)
    assert Connection.objects.get(pk=answered.pk).company_id == "hillside-two"


def test_ticks_of_two_users_are_both_saved(ida: Client, browser_of_ada: Client, answered: Connection) -> None:
    tick = stage(answered, "sender_id", "tick")
    ida.post(tick, {"ticked": ["open"]})
    browser_of_ada.post(tick, {"ticked": ["add"]})  # on a page that was loaded before Ida's tick
    page = browser_of_ada.get(stage(answered, "sender_id"))
    assert chosen(page, "ticked") == ["open", "add"]


@pytest.mark.django_db(transaction=True)
def test_only_one_of_many_simultaneous_edits_is_saved(answered: Connection, administrator: User) -> None:
    def edit(number: int) -> bool:
        try:
            values = {"company_id": f"company {number}"}
            services.draft_save(
                connection=answered, stage="credentials", actor=administrator, values=values, version=Version(0)
            )
            return True
        except Changed:
            return False
        finally:
            database.close()

    with ThreadPoolExecutor(8) as threads:
        saved = list(threads.map(edit, range(8)))
    assert saved.count(True) == 1
    progress = StageProgress.objects.get(stage="credentials")
    assert progress.draft == {"company_id": f"company {saved.index(True)}"}


@pytest.fixture
def browser_of_bea(customer: Customer, root: OrgUnit, signed_in: Callable[[User], Client]) -> Client:
    """A second administrator of the same customer."""
    return signed_in(create_user("Bea Root", Role.SYSTEM_ADMINISTRATOR, home=root))


@pytest.mark.parametrize("reason", LOST_RIGHTS)
def test_another_administrator_takes_over_a_stopped_handover(
    reason: str,
    ida: Client,
    browser_of_bea: Client,
    answered: Connection,
    administrator: User,
    branch: OrgUnit,
    page: str,
) -> None:
    end(reason, administrator, branch)
    assert "Ada Root can no longer change this connection" in words(browser_of_bea.get(page))
    take_over = reverse("wizard:handover_take_over", args=[answered.pk, Handover.objects.get().pk])

    after = words(browser_of_bea.post(take_over, follow=True))

    assert re.search(r"Taken over .* · Bea Root", after)
    assert "Stopped" not in after
    assert ida.get(stage(answered, "user_role")).status_code == 200
    event = AuditEvent.objects.get(action="handover.taken_over")
    assert (event.actor_name, event.metadata["guest"]) == ("Bea Root", "Ida Intacct")


def test_own_or_ended_handover_cannot_be_taken_over(
    link: str, browser_of_ada: Client, browser_of_bea: Client, answered: Connection, administrator: User, page: str
) -> None:
    handover = Handover.objects.get()
    take_over = reverse("wizard:handover_take_over", args=[answered.pk, handover.pk])
    assert take_over not in browser_of_ada.get(page).content.decode()

    browser_of_ada.post(take_over)
    services.handover_revoke(handover=handover, actor=administrator)
    browser_of_bea.post(take_over)

    assert not AuditEvent.objects.filter(action="handover.taken_over").exists()


def test_emails_to_one_guest_are_limited(browser_of_ada: Client, link: str, answered: Connection, page: str) -> None:
    start = time.time()
    renew = reverse("wizard:handover_renew", args=[answered.pk, Handover.objects.get().pk])

    refused = browser_of_ada.post(page, GUEST | {"note": "Once more.", "email": "IDA@example.com"})
    assert "You can send the next one in 1 minute." in words(refused)
    assert "Once more." in words(refused)
    for minute in range(1, 5):
        with travel(start + 61 * minute):
            browser_of_ada.post(renew)
    with travel(start + 600):
        assert "You can send the next one in 23 hours." in words(browser_of_ada.post(renew, follow=True))

    assert Email.objects.count() == 5


def test_other_address_of_the_same_mailbox_has_the_same_limit(browser_of_ada: Client, link: str, page: str) -> None:
    refused = browser_of_ada.post(page, GUEST | {"email": "ida+second@example.com"})

    assert "You can send the next one in 1 minute." in words(refused)
    assert Email.objects.count() == 1


def test_current_link_still_works_after_a_refused_email(
    browser_of_ada: Client, ida: Client, answered: Connection
) -> None:
    browser_of_ada.post(reverse("wizard:handover_renew", args=[answered.pk, Handover.objects.get().pk]))

    assert ida.get(stage(answered, "user_role")).status_code == 200


@pytest.mark.slow
def test_user_can_send_fifty_handovers_a_day(browser_of_ada: Client, page: str) -> None:
    for number in range(51):
        last = browser_of_ada.post(page, GUEST | {"email": f"guest{number}@example.com"}, follow=True)

    assert "You have sent the most emails one user can send in one day." in words(last)
    assert Email.objects.count() == 50


def test_the_link_does_not_follow_the_host_header(browser_of_ada: Client, page: str, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]

    shown = browser_of_ada.post(page, GUEST, headers={"host": "evil.example.net"})

    mail = Email.objects.get()
    assert f"{settings.SITE_URL}/handover/" in mail.text
    assert "evil" not in f"{mail.subject} {mail.text} {mail.html} {shown.content.decode()}"


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("name", "Ida\u202eatni"),
        ("name", "Ida\r\nSubject: x"),
        ("name", "I" * 121),
        ("email", "i" * 276 + "@example.com"),
        ("note", "n" * 1001),
        ("note", "n\x00"),
        ("stages", ["sync_profile"]),
    ],
)
def test_invalid_value_is_refused_at_its_field(field: str, bad: object, browser_of_ada: Client, page: str) -> None:
    answer = browser_of_ada.post(page, GUEST | {field: bad})

    assert list(answer.context["form"].errors) == [field]
    assert not Handover.objects.exists()
