"""Results beside the tasks: while checks run, and after a new check."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.wizard.pages.reading import main, words
from wizard.models import Connection, Finding, Verification
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


def test_results_appear_while_the_verification_runs(
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


def test_page_polls_again_if_the_verification_ends_while_it_renders(
    browser_of_ada: Client, answered: Connection, running: Verification, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_and_end_verification(connection: Connection) -> list[StageStatus]:
        statuses = stage_statuses(connection)
        Verification.objects.update(state="done", finished_at=timezone.now())
        return statuses

    monkeypatch.setattr("wizard.pages.stage_page.stage_statuses", read_and_end_verification)
    assert browser_of_ada.get(address(answered, "findings", "credentials"), headers=HTMX).status_code == 200


def test_polling_stops_and_updates_the_page_when_the_verification_ends(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING)
    response = browser_of_ada.get(address(answered, "findings", "user_role"), headers=HTMX)
    assert response.status_code == 286
    page = response.content.decode()
    assert "hx-get" not in page
    assert 'hx-swap-oob="innerHTML:.wizard__rail"' in page
    assert "Needs attention" in page


def test_page_reloads_itself_without_javascript_while_checks_run(
    browser_of_ada: Client, answered: Connection, running: Verification
) -> None:
    stage = address(answered, "stage", "credentials")
    assert f'<noscript><meta http-equiv="refresh" content="5; url={stage}"></noscript>' in browser_of_ada.get(
        stage
    ).content.decode().replace("\n", "")
    Verification.objects.update(state="done")
    assert 'http-equiv="refresh"' not in browser_of_ada.get(stage).content.decode()


@pytest.mark.parametrize("check", [[], ["perm.vendors"]])
def test_new_check_covers_everything_or_one_row(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification, check: list[str]
) -> None:
    make_verification(failed=MISSING)
    response = browser_of_ada.post(address(answered, "check"), {"stage": "user_role", "check": check})
    assert response.headers["Location"] == address(answered, "stage", "user_role")
    assert Verification.objects.latest("pk").checks == check


def test_new_check_with_htmx_shows_that_it_runs(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING)
    response = browser_of_ada.post(address(answered, "check"), {"stage": "user_role"}, headers=HTMX)
    assert "Checking with Intacct" in words(response)
    assert 'hx-trigger="every 1s"' in response.content.decode()


def test_credentials_page_shows_every_stage_with_failures_first(
    browser_of_ada: Client, answered: Connection, make_verification: MakeVerification
) -> None:
    make_verification(failed=MISSING)
    page = browser_of_ada.get(address(answered, "stage", "credentials"))
    findings = main(page).xpath('.//*[@id="live"]')[0]
    assert findings.xpath("string(section[1]/p)") == "Web Services user and role"
    assert findings.xpath(f'section[1]//a[@href="{address(answered, "stage", "user_role")}"]')


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
