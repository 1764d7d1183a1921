"""What Intacct says, beside the task: as it lands, again on request, and as text for the Intacct administrator."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from wizard.models import Connection, Finding, Verification
from wizard.progress import StageStatus, stage_statuses

from .reading import main, words

HTMX = {"HX-Request": "true"}
Found = Callable[..., Verification]
MISSING = {"perm.vendors": "permission_missing", "perm.ap-terms": "permission_missing"}


def address(connection: Connection, name: str, *more: str) -> str:
    return reverse(f"wizard:{name}", args=[connection.pk, *more])


@pytest.fixture
def running(found: Found) -> Verification:
    verification = found()
    verification.state, verification.finished_at = "running", None
    verification.save()
    return verification


def badge(page: object, row: str) -> str:
    words: str = main(page).xpath(f'string(.//tr[th[@scope="row"]="{row}"]//*[starts-with(@class, "badge")])')
    return words.strip()


def test_before_credentials_there_is_nothing_to_say(browser_of_ada: Client, answered: Connection) -> None:
    page = browser_of_ada.get(address(answered, "stage", "sender_id"))
    assert "Intacct can be asked as soon as the credentials are in" in words(page)


def test_each_answer_is_shown_as_it_lands_and_asking_goes_on(
    browser_of_ada: Client, answered: Connection, running: Verification
) -> None:
    findings = address(answered, "findings", "credentials")
    before = browser_of_ada.get(findings, headers=HTMX)
    Finding.objects.create(
        verification=running, check_slug="perm.vendors", stage="user_role", position=9, outcome="passed"
    )
    after = browser_of_ada.get(findings, headers=HTMX)
    assert (before.status_code, after.status_code) == (200, 200)
    assert "4 of" in words(before)
    assert "5 of" in words(after)
    assert main(after).xpath('.//*[@id="live"]/@hx-get | self::*[@id="live"]/@hx-get')


def test_a_verification_that_ends_while_the_page_is_made_is_asked_for_again(
    browser_of_ada: Client, answered: Connection, running: Verification, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_then_it_ends(connection: Connection) -> list[StageStatus]:
        statuses = stage_statuses(connection)
        Verification.objects.update(state="done", finished_at=timezone.now())
        return statuses

    monkeypatch.setattr("wizard.stages.page.stage_statuses", read_and_then_it_ends)
    assert browser_of_ada.get(address(answered, "findings", "credentials"), headers=HTMX).status_code == 200


def test_asking_ends_with_the_verification_and_the_rest_of_the_page_follows(
    browser_of_ada: Client, answered: Connection, found: Found
) -> None:
    found(failed=MISSING)
    response = browser_of_ada.get(address(answered, "findings", "user_role"), headers=HTMX)
    assert response.status_code == 286
    page = response.content.decode()
    assert "hx-get" not in page
    assert 'hx-swap-oob="innerHTML:.wizard__rail"' in page
    assert "Needs attention" in page
    assert 'id="permissions"' in page


def test_without_javascript_the_page_loads_itself_again_while_asking(
    browser_of_ada: Client, answered: Connection, running: Verification
) -> None:
    stage = address(answered, "stage", "credentials")
    assert f'<noscript><meta http-equiv="refresh" content="5; url={stage}"></noscript>' in browser_of_ada.get(
        stage
    ).content.decode().replace("\n", "")
    Verification.objects.update(state="done")
    assert 'http-equiv="refresh"' not in browser_of_ada.get(stage).content.decode()


def test_a_failed_row_says_what_is_wrong_and_offers_to_check_it_again(
    browser_of_ada: Client, answered: Connection, found: Found
) -> None:
    found(failed=MISSING, passed=("sign_in", "perm.departments"))
    page = browser_of_ada.get(address(answered, "stage", "user_role"))
    assert badge(page, "Vendors") == "Failed"
    assert badge(page, "Departments") == "Passed"
    findings = main(page).xpath('.//ul[@class="findings"]/li')
    assert len(findings) == 2
    assert all(each.xpath('.//input[@name="check"]') for each in findings)


def test_missing_only_shows_what_is_missing(browser_of_ada: Client, answered: Connection, found: Found) -> None:
    found(failed=MISSING, passed=("sign_in", "perm.departments"))
    page = browser_of_ada.get(address(answered, "stage", "user_role"), {"show": "missing"})
    assert main(page).xpath('.//table//th[@scope="row"]/text()') == ["Vendors", "AP Terms"]


def test_with_nothing_missing_the_filter_is_not_offered(
    browser_of_ada: Client, answered: Connection, found: Found
) -> None:
    found()
    page = browser_of_ada.get(address(answered, "stage", "user_role"), {"show": "missing"})
    assert "Missing only" not in words(page)
    assert len(main(page).xpath('.//table//th[@scope="row"]')) == 30


@pytest.mark.parametrize("check", [[], ["perm.vendors"]])
def test_checking_again_asks_for_everything_or_the_one_row(
    browser_of_ada: Client, answered: Connection, found: Found, check: list[str]
) -> None:
    found(failed=MISSING)
    response = browser_of_ada.post(address(answered, "check"), {"stage": "user_role", "check": check})
    assert response.headers["Location"] == address(answered, "stage", "user_role")
    assert Verification.objects.latest("pk").checks == check


def test_checking_again_with_htmx_shows_at_once_that_it_runs(
    browser_of_ada: Client, answered: Connection, found: Found
) -> None:
    found(failed=MISSING)
    response = browser_of_ada.post(address(answered, "check"), {"stage": "user_role"}, headers=HTMX)
    assert "Asking Intacct" in words(response)
    assert 'hx-trigger="every 1s"' in response.content.decode()


def test_what_is_missing_is_a_text_to_send_on(browser_of_ada: Client, answered: Connection, found: Found) -> None:
    found(failed=MISSING, passed=("sign_in", "perm.departments"))
    response = browser_of_ada.get(address(answered, "missing"))
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    text = response.content.decode()
    assert "  - Vendors: List, View\n  - AP Terms: List, View\n" in text
    assert "Departments" not in text
    assert "hillside" in text


def test_before_anything_is_checked_the_text_lists_what_the_answers_call_for(
    browser_of_ada: Client, answered: Connection
) -> None:
    text = browser_of_ada.get(address(answered, "missing")).content.decode()
    assert "  - Bills: List, View, Add\n" in text
    assert "Projects\n  - Projects: List, View\n" in text
    assert "Contracts" not in text


def test_the_credentials_page_tells_of_every_stage_with_trouble_first(
    browser_of_ada: Client, answered: Connection, found: Found
) -> None:
    found(failed=MISSING)
    page = browser_of_ada.get(address(answered, "stage", "credentials"))
    findings = main(page).xpath('.//*[@id="live"]')[0]
    assert findings.xpath("string(section[1]/p)") == "Web Services user and role"
    assert findings.xpath(f'section[1]//a[@href="{address(answered, "stage", "user_role")}"]')


@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_a_warning_beside_an_answer_is_shown_with_the_check(
    browser_of_ada: Client, answered: Connection, found: Found, outcome: str
) -> None:
    failed = {"perm.vendors": "permission_missing"} if outcome == "failed" else {}
    verification = found(failed, passed=() if failed else ("perm.vendors",))
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
def test_what_intacct_sent_is_offered_only_where_it_sent_something(
    browser_of_ada: Client, answered: Connection, found: Found, facts: dict[str, str], heading: str
) -> None:
    found({"perm.vendors": "permission_missing"}).findings.update(facts=facts)

    page = words(browser_of_ada.get(address(answered, "stage", "user_role")))

    assert heading in page
    assert page.count("for support") == 1
