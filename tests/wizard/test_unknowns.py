"""Unknown behavior of the real gateway changes no finding: our texts never depend on a guess."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.wizard.practice_connection import PracticeConnection, results_of
from wizard.diagnoses import storable_facts
from wizard.stages.credentials.checks import entities as judge_entities
from wizard.verification.check import Answer, Answers, Check, judge

pytestmark = pytest.mark.django_db
GRANTED = ("users:List", "users:View", "users:Permissions", "roles:List", "roles:View")
# Behavior of a company that may differ without changing any finding.
INDIFFERENT: list[dict[str, Any]] = [
    {"functions_per_request": 30},
    {"functions_per_request": 7},
    {"functions_per_request": 1},
    {"web_services_code": ""},
    {"web_services_code": "WSERV"},
    {"admin_reads": "words"},
    {"url_data_name": "Pt_FieldHref"},
    {"aggregate_tags": "FIELD"},
    {"further_errors": False},
    {"items_opened_by": "inventory-control"},
    {"list_suffices": True},
    {"wrong_user": "UJPP0002", "inactive_user": "text", "bad_entity": "text"},
    {"missing_module": "not-subscribed"},
    {"missing_module": "permission"},
    {"missing_module": "disabled"},
    {"missing_module": "unauthorized"},
    {"subscriptions_need_admin": False},
    {"retry_after": 1},
    {"session_seconds": 61},
]


@pytest.mark.parametrize("behavior", INDIFFERENT, ids=str)
@pytest.mark.parametrize("company", ["JUNIPER-CO", "HARBOUR-MILLS"])
def test_different_behavior_changes_no_finding(
    practice_connection: PracticeConnection, company: str, behavior: dict[str, Any]
) -> None:
    practice_connection.id = company
    practice_connection.control("permissions", grant=GRANTED)
    normal = results_of(practice_connection.verify())
    practice_connection.control("", behavior=behavior)
    assert results_of(practice_connection.verify_again()) == normal


# Functions that a company may refuse, with the checks that then cannot be answered.
SILENT: dict[str, set[str]] = {
    "getUserPermissions": {"perm.bills.add", "perm.pay-bills"},
    "getDimensions": set(),
    "getFinancialSetup": set(),
    "readEntityDetails": set(),
    "readUserFormatting": {"date_format"},
}


@pytest.mark.parametrize("function", SILENT)
def test_refused_functions_make_no_check_fail(practice_connection: PracticeConnection, function: str) -> None:
    practice_connection.control("permissions", grant=GRANTED)
    normal = results_of(practice_connection.verify())
    practice_connection.control("", behavior={"denied_functions": [function]})
    findings = results_of(practice_connection.verify_again())
    changed = {slug: findings[slug][0] for slug in normal if findings[slug] != normal[slug]}
    assert changed == dict.fromkeys(SILENT[function], "cannot_tell")


def test_renamed_permissions_cannot_be_checked(practice_connection: PracticeConnection) -> None:
    practice_connection.control("permissions", grant=GRANTED)
    normal = results_of(practice_connection.verify())
    practice_connection.control("", behavior={"policy_names": {"Bills": "Purchase invoices", "Pay Bills": "Payments"}})
    findings = results_of(practice_connection.verify_again())
    changed = {slug: findings[slug] for slug in normal if findings[slug] != normal[slug]}
    assert changed == dict.fromkeys(["perm.bills.add", "perm.pay-bills"], ("cannot_tell", "right_unproved"))


def test_exception_in_a_check_affects_only_that_check(
    practice_connection: PracticeConnection, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_answers: Answers) -> Answer:
        raise KeyError("gone")

    answer = judge(Check("odd", "Odd", fail), Answers(practice_connection.connection))

    assert (answer.outcome, answer.cause, answer.facts) == ("cannot_tell", "check_failed", {"failure": "KeyError"})
    assert "The check odd could not be judged" in caplog.text


def test_dimensions_with_names_of_any_length_are_checked(practice_connection: PracticeConnection) -> None:
    names = ("d" * 150, "d" * 151, "Build/Disassemble", "region", "region")
    practice_connection.control("", dimensions=[{"object": name, "label": name} for name in names])

    findings = practice_connection.verify()

    dimensions = {slug for slug in findings if slug.startswith("perm.dimension.")}
    short = {"perm.dimension.Build/Disassemble", "perm.dimension.region"}
    assert len(dimensions - short) == 2
    assert dimensions > short
    assert findings["perm.vendors"].outcome == "passed"


@pytest.mark.parametrize(
    "fault", ["long-text", "text-control-character", "text-nul", "text-surrogate", "malformed-result", "odd-tag"]
)
def test_damage_in_one_reply_breaks_no_page_and_no_other_check(
    practice_connection: PracticeConnection, fault: str
) -> None:
    practice_connection.verify()
    practice_connection.control("fault", name=fault, function="lookup")

    findings = practice_connection.verify_again()

    assert findings["gateway"].outcome == "passed"
    assert findings["perm.vendors"].outcome == "passed"
    assert all(len(str(value)) <= 2_000 for finding in findings.values() for value in finding.facts.values())
    browser = Client()
    browser.force_login(practice_connection.actor)
    assert (
        browser.get(reverse("wizard:stage", args=[practice_connection.connection.pk, "credentials"])).status_code == 200
    )


def test_characters_that_the_database_refuses_are_removed_from_facts() -> None:
    facts = {"said": "a\0b\ud800" + "x" * 5_000, "count": 3, "names": ["a"]}

    assert storable_facts(facts) == {"said": ("ab" + "x" * 5_000)[:2_000], "count": 3, "names": ["a"]}


def test_user_who_can_sign_in_on_screen_is_reported(practice_connection: PracticeConnection) -> None:
    practice_connection.control("permissions", grant=["users:List", "users:View"])
    assert results_of(practice_connection.verify())["user_kind"] == ("passed", "")

    practice_connection.control("", users={"Beanworks": {"web_services_only": False}})
    assert results_of(practice_connection.verify_again())["user_kind"] == ("cannot_tell", "user_kind_regular")

    practice_connection.control("permissions", revoke=["users:List", "users:View"])
    assert results_of(practice_connection.verify_again())["user_kind"] == ("cannot_tell", "not_reported")


@pytest.mark.parametrize(
    ("entities", "multi_entity", "several", "expected"),
    [
        (0, True, True, ("cannot_tell", "entities_hidden")),
        (1, True, None, ("cannot_tell", "entities_hidden")),
        (1, None, True, ("cannot_tell", "entities_hidden")),
        (2, True, True, ("passed", "")),
        (1, False, True, ("not_applicable", "not_used")),
        (0, None, None, ("not_applicable", "not_used")),
    ],
)
def test_fewer_entities_than_expected_are_explained(
    practice_connection: PracticeConnection,
    entities: int,
    multi_entity: bool | None,
    several: bool | None,
    expected: tuple[str, str],
) -> None:
    practice_connection.connection.several_entities = several
    company: dict[str, Any] = {"entities": [{"id": str(number)} for number in range(entities)]}
    company |= {} if multi_entity is None else {"multi_entity": multi_entity}

    answer = judge_entities(Answers(practice_connection.connection, company=company))

    assert (answer.outcome, answer.cause) == expected
