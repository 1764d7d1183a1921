"""Support's queue and a request in a real browser."""

from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import Customer, LegalEntity, OrgUnit, User
from core.fields import max_length_of
from operations.models import CannedText
from tests.support.browser import too_wide
from tests.support.inspection import inspect
from wizard.models import SyncProfile

LOOK_SECONDS = 30
SCROLLED = "all => all.filter(it => it.scrollWidth > it.clientWidth).length"


@pytest.fixture
def reason(transactional_db: None) -> CannedText:
    """A ready-made reason, beside a ready-made question. Tests that commit empty the table of what migrations added."""
    CannedText.objects.all().delete()
    question = "Do you pay bills for all entities together, or for each entity separately?"
    CannedText.objects.create(purpose="ask", position=1, english=question, french="Payez-vous ensemble?")
    return CannedText.objects.create(
        purpose="decline",
        position=1,
        english="You pay bills for each entity separately.",
        french="Vous payez séparément.",
    )


@pytest.fixture
def open_page(
    new_page: Callable[..., Page], support: User, claimed: SyncProfile, reason: CannedText
) -> Callable[..., Page]:
    """`open_page(address, **options)` opens a page as Sue, who claimed a request."""
    browser_of_sue = Client()
    browser_of_sue.force_login(support)

    def make(address: str, **options: object) -> Page:
        page = new_page(browser_of_sue, **options)
        page.goto(address)
        return page

    return make


@pytest.fixture
def newer(claimed: SyncProfile, root: OrgUnit) -> SyncProfile:
    unit = OrgUnit.objects.create(customer=root.customer, parent=root, name="West")
    entity = LegalEntity.objects.create(customer=root.customer, org_unit=unit, name="Hillside West Inc.")
    return SyncProfile.objects.create(connection=claimed.connection, legal_entity=entity, entity_id="200")


def test_pages_of_support_are_accessible_on_every_device(
    open_page: Callable[..., Page], claimed: SyncProfile, reason: CannedText
) -> None:
    page = open_page("/beanworks/queue/")
    request = f"/beanworks/queue/{claimed.pk}/?decline={reason.pk}"
    texts = "/beanworks/settings/texts/"
    others = (
        texts,
        f"{texts}{reason.pk}/",
        "/beanworks/system/",
        "/beanworks/emails/",
        "/audit-log/?sign_ins=shown",
        "/account/",
        "/account/users/",
        "/no/such/page/",
    )
    for address in ("/beanworks/queue/", request, *others):
        page.goto(address)
        assert inspect(page) == [], address


def test_one_long_word_as_a_name_leaves_the_other_columns_in_sight(
    open_page: Callable[..., Page], newer: SyncProfile
) -> None:
    for model in (Customer, LegalEntity, User):
        word = "W" * (max_length_of(model, "name") - 1)
        for number, row in enumerate(model.objects.all()):
            model.objects.filter(pk=row.pk).update(name=f"{word}{number}")
    page = open_page("/beanworks/queue/", viewport={"width": 1440, "height": 900})
    for address in ("/beanworks/queue/", "/beanworks/board/", "/beanworks/customers/", "/account/users/"):
        page.goto(address)
        hidden = page.locator(".table-wrap").evaluate_all(
            "it => it.filter(it => it.scrollWidth > it.clientWidth).length"
        )
        assert hidden == 0, address


def test_approval_is_undone_and_the_profile_revoked(open_page: Callable[..., Page], claimed: SyncProfile) -> None:
    page = open_page(f"/beanworks/queue/{claimed.pk}/")
    page.get_by_role("button", name="Approve request").click()
    assert inspect(page) == []
    page.get_by_role("button", name="Undo approval").click()
    page.get_by_role("button", name="Approve request").click()

    page.locator("summary", has_text="Revoke the profile").click()
    page.get_by_label("Reason").fill("The contract has ended.")
    page.get_by_role("button", name="Revoke profile").click()

    expect(page.get_by_text("The contract has ended.")).to_be_visible()
    claimed.refresh_from_db()
    assert claimed.state == "revoked"


def test_french_pages_fit_a_phone(open_page: Callable[..., Page], support: User) -> None:
    """French words are longer than English ones."""
    User.objects.filter(pk=support.pk).update(language="fr-ca")
    page = open_page("/beanworks/queue/", viewport={"width": 320, "height": 900}, locale="fr-CA")

    for address in ("/help/", "/beanworks/queue/", "/audit-log/"):
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == "fr-ca"
        assert too_wide(page, 320) == [], address
    # The audit log is the last link of a row that is wider than the phone.
    expect(page.locator(".navigation [aria-current]")).to_be_in_viewport(ratio=0.9)


def test_request_is_declined_with_a_ready_made_reason_without_scripts(
    open_page: Callable[..., Page], claimed: SyncProfile
) -> None:
    page = open_page(f"/beanworks/queue/{claimed.pk}/", java_script_enabled=False)
    expect(page.get_by_role("button", name="Decline request")).to_be_hidden()

    page.get_by_role("radio", name="Decline").check()
    page.get_by_text("Ready-made reasons").click()
    page.get_by_role("link", name="You pay bills for each entity separately").click()
    page.get_by_role("button", name="Decline request").click()

    expect(page.get_by_role("main")).to_contain_text("Declined")
    claimed.refresh_from_db()
    assert claimed.reason.startswith("You pay bills for each entity separately.")


def test_keys_open_the_next_and_previous_request(
    open_page: Callable[..., Page], claimed: SyncProfile, newer: SyncProfile
) -> None:
    page = open_page(f"/beanworks/queue/{claimed.pk}/")
    page.get_by_role("radio", name="Ask").check()
    page.get_by_text("Ready-made questions").click()
    page.get_by_role("link", name="Do you pay bills for all").click()
    page.keyboard.type(" just")
    expect(page.get_by_label("Question to the customer")).to_have_value(
        "Do you pay bills for all entities together, or for each entity separately? just"
    )

    page.locator("body").click(position={"x": 1, "y": 1})
    page.keyboard.press("j")
    page.wait_for_url(f"**/{newer.pk}/")
    page.keyboard.press("k")
    page.wait_for_url(f"**/{claimed.pk}/")

    page.get_by_role("button", name="Keys: j next").click()
    page.locator("h1").click()
    page.keyboard.press("j")
    assert page.url.endswith(f"/{claimed.pk}/")


def test_queue_shows_new_requests_and_keeps_the_focus(
    open_page: Callable[..., Page], claimed: SyncProfile, root: OrgUnit, request: pytest.FixtureRequest
) -> None:
    page = open_page("/beanworks/queue/")
    page.clock.install()
    page.reload()
    page.locator(f"#request-{claimed.pk}").focus()
    # As a text area that the user has resized. Copied to its successor, it would violate the Content-Security-Policy.
    page.locator("#queue").evaluate("queue => { queue.style.height = '40rem'; }")
    newer = request.getfixturevalue("newer")

    page.clock.fast_forward(LOOK_SECONDS * 1000)

    expect(page.locator(f"#request-{newer.pk}")).to_be_visible()
    expect(page.locator(f"#request-{claimed.pk}")).to_be_focused()
    expect(page.locator("#count-queue")).to_contain_text("2 open requests")
