"""Results beside the tasks: while checks run, and after a new check."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.wizard.pages.reading import main, words
from wizard.models import Connection, Finding, Incident, Verification
from wizard.progress import StageStatus, stage_statuses

HTMX = {"HX-Request": "true"}
MakeVerification = Callable[..., Verification]
MISSING = {"perm.vendors": "right_missing", "perm.ap-terms": "right_missing"}


def address(connection: Connection, name: str, *more: str) -> str:
    return reverse(f"wizard:{name}", args=[connection.pk, *more])


@pytest.fixture
def running(make_verification: MakeVerification) -> Verification:
    verification = make_verification()
    verification.state, verification.finished_at = "running", None
    verification.save()
    return verification


def test_page_without_credentials_shows_no_results(browser_of_ada: Client, answered: Connection) -> None:
    page = browser_of_ada.get(address(answered, "stage", "sender_id"))
    assert "We verify it with Intacct as soon as the credentials are entered" in words(page)
    assert not main(page).xpath('.//*[@id="results"]/*')


def test_page_shows_no_results_before_the_first_answer(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification({"company": "company_unknown"}, ("gateway",))
    page = browser_of_ada.get(address(answered, "stage", "user_role"))
    assert "To fix in another step" in words(page)
    assert not main(page).xpath('.//*[@id="results-title"]')


def test_results_appear_while_the_verification_runs(
    browser_of_ada: Client, answered: Connection, running: Verification
) -> None:
    findings = address(answered, "stage", "credentials")
    before = browser_of_ada.get(findings, headers=HTMX)
    Finding.objects.create(
        verification=running, check_slug="perm.vendors", stage="user_role", position=9, outcome="passed"
    )
    after = browser_of_ada.get(findings, headers=HTMX)
    assert (before.status_code, after.status_code) == (200, 200)
    assert "4 of" in words(before)
    assert "5 of" in words(after)
    assert main(after).xpath('.//*[@id="poll"]/@hx-get') == [findings]


def test_page_polls_again_if_the_verification_ends_while_it_renders(
    browser_of_ada: Client, answered: Connection, running: Verification, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_end_verification(connection: Connection) -> list[StageStatus]:
        statuses = stage_statuses(connection)
        Verification.objects.update(state="done", finished_at=timezone.now())
        return statuses

    monkeypatch.setattr("wizard.pages.stage_page.stage_statuses", read_and_end_verification)
    page = browser_of_ada.get(address(answered, "stage", "credentials"), headers=HTMX)
    assert main(page).xpath('.//*[@id="poll"]/@hx-get')


def test_polling_stops_when_the_verification_ends(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING)
    page = browser_of_ada.get(address(answered, "stage", "user_role"), headers=HTMX)
    assert main(page).xpath('string(.//*[@id="poll"]/@hx-trigger)') == "look"
    assert "Needs attention" in words(page)


def test_page_reloads_itself_without_javascript_while_checks_run(
    browser_of_ada: Client, answered: Connection, running: Verification
) -> None:
    stage = address(answered, "stage", "credentials")
    assert f'<noscript><meta http-equiv="refresh" content="5; url={stage}"></noscript>' in browser_of_ada.get(
        stage
    ).content.decode().replace("\n", "")
    Verification.objects.update(state="done")
    assert 'http-equiv="refresh"' not in browser_of_ada.get(stage).content.decode()


def test_new_check_covers_everything(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING)
    response = browser_of_ada.post(address(answered, "check"), {"stage": "user_role"})
    assert response.headers["Location"] == address(answered, "stage", "user_role")
    assert Verification.objects.latest("pk").checks == []


def test_new_check_with_htmx_shows_that_it_runs(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING)
    response = browser_of_ada.post(address(answered, "check"), {"stage": "user_role"}, headers=HTMX)
    assert "Checking with Intacct" in words(response)
    assert 'hx-trigger="every 1s"' in response.content.decode()


def test_credentials_page_explains_every_step(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING)
    results = main(browser_of_ada.get(address(answered, "stage", "credentials"))).xpath('.//*[@id="results"]')[0]
    assert results.xpath("string(.//h2)") == "1 problem to fix"
    assert results.xpath(f'.//a[@href="{address(answered, "stage", "user_role")}"]')


def test_other_steps_name_a_problem_and_link_to_it(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING)
    page = browser_of_ada.get(address(answered, "stage", "sender_id"))
    [link] = main(page).xpath('.//*[@id="results"]//*[@class="notice tone-bad"]//a')
    assert (link.text, link.get("href")) == ("2 permissions are missing", address(answered, "stage", "user_role"))


def test_a_cause_that_stops_everything_is_shown_once(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING)
    make_verification(failed={"sign_in": "sign_in_refused"}, passed=("gateway",))
    Connection.objects.update(sign_in_block="refused", sign_in_refused_at=timezone.now(), broken_since=timezone.now())
    Incident.objects.create(
        connection=answered, check_slug="sign_in", cause="sign_in_refused", stage="credentials", is_check=True
    )
    for slug in ("user_role", "credentials", "sync_profile"):
        page = words(browser_of_ada.get(address(answered, "stage", slug)))
        # On its own step it is also in the name that the fold has for screen readers, and in the text to copy.
        assert page.count("Intacct did not accept the sign-in") == 1 + 2 * (slug == "credentials")
        assert page.count("Check the company ID, user ID and password.") == 2 * (slug == "credentials")
        assert "permissions are missing" not in page


@pytest.mark.parametrize("slug", ["pre_checks", "user_role", "sender_id", "custom_field"])
def test_refused_sign_in_is_the_next_action_of_other_steps(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification, slug: str
) -> None:
    make_verification(failed={"sign_in": "sign_in_refused"}, passed=("gateway",))
    Connection.objects.update(sign_in_block="refused", sign_in_refused_at=timezone.now())

    page = main(browser_of_ada.get(address(answered, "stage", slug)))

    [button] = page.xpath('.//*[@id="foot"]//*[@class="button"]')
    assert button.text == "Go to step 5: ERP credentials"
    assert button.get("href").startswith(address(answered, "stage", "credentials"))


@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_warning_in_a_reply_is_shown_with_the_check(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification, outcome: str
) -> None:
    failed = {"perm.vendors": "right_missing"} if outcome == "failed" else {}
    verification = make_verification(failed, passed=() if failed else ("perm.vendors",))
    verification.findings.update(facts={"warning": "The object is deprecated"})

    page = browser_of_ada.get(address(answered, "stage", "user_role"))

    assert "Intacct sent this warning: “The object is deprecated”" in words(page)


@pytest.mark.parametrize(
    ("facts", "heading"),
    [
        ({"errorno": "PL04000005", "layer": "result"}, "What Intacct sent, for support"),
        ({"layer": "transport", "at": "2026-11-28T20:00:00+00:00"}, "Details for support"),
    ],
)
def test_raw_reply_is_offered_only_if_intacct_sent_something(
    browser_of_ada: Client,
    answered: Connection,
    make_verification: MakeVerification,
    facts: dict[str, str],
    heading: str,
) -> None:
    make_verification({"perm.vendors": "right_missing"}).findings.update(facts=facts)

    page = words(browser_of_ada.get(address(answered, "stage", "user_role")))

    assert heading in page
    assert page.count("for support") == 1


def test_menu_is_offered_only_where_the_page_shows_a_path(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING)
    pages = {slug: words(browser_of_ada.get(address(answered, "stage", slug))) for slug in ("user_role", "smart_sync")}
    assert {slug: "My Intacct menu" in page for slug, page in pages.items()} == {"user_role": True, "smart_sync": False}
