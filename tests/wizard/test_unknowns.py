"""What nobody knows of the real gateway changes no finding: our words never hang on a guess."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from wizard.causes import storable_facts
from wizard.ladder import Answers, judge
from wizard.stage import Answer, Check
from wizard.stages.credentials.checks import entities as entities_seen

from .place import Place, gist

pytestmark = pytest.mark.django_db
TOLD = ("users:List", "users:View", "users:Permissions", "roles:List", "roles:View")
# Settings of a company that may behave so or otherwise, and with which the very same things are found.
INDIFFERENT: list[dict[str, Any]] = [
    {"functions_per_request": 30},
    {"functions_per_request": 7},
    {"functions_per_request": 1},
    {"web_services_code": ""},
    {"web_services_code": "WSERV"},
    {"admin_reads": "words"},
    {"url_data_name": "Pt_FieldHref"},
    {"aggregate_tags": "FIELD"},
    {"telling_errors": False},
    {"items_opened_by": "inventory-control"},
    {"list_suffices": True},
    {"wrong_user": "UJPP0002", "inactive_user": "text", "bad_entity": "text"},
    {"missing_module": "not-subscribed"},
    {"missing_module": "permission"},
    {"missing_module": "disabled"},
    {"missing_module": "unauthorised"},
    {"subscriptions_need_admin": False},
    {"retry_after": 1},
    {"session_seconds": 61},
]


@pytest.mark.parametrize("behaviour", INDIFFERENT, ids=str)
@pytest.mark.parametrize("company", ["JUNIPER-CO", "HARBOUR-MILLS"])
def test_a_company_that_behaves_otherwise_is_found_the_same(
    place: Place, company: str, behaviour: dict[str, Any]
) -> None:
    place.id = company
    place.control("permissions", grant=TOLD)
    calm = gist(place.verify())
    place.control("", behaviour=behaviour)
    assert gist(place.again()) == calm


# What a company keeps to itself is found to be so, and nothing else is found otherwise.
SILENT: dict[str, set[str]] = {
    "getUserPermissions": {"perm.bills.add", "perm.pay-bills"},
    "getDimensions": set(),
    "getFinancialSetup": set(),
    "readEntityDetails": set(),
    "readUserFormatting": {"date_format"},
}


@pytest.mark.parametrize("function", SILENT)
def test_what_a_company_keeps_to_itself_is_no_finding_against_anybody(place: Place, function: str) -> None:
    place.control("permissions", grant=TOLD)
    calm = gist(place.verify())
    place.control("", behaviour={"denied_functions": [function]})
    found = gist(place.again())
    changed = {slug: found[slug][0] for slug in calm if found[slug] != calm[slug]}
    assert changed == dict.fromkeys(SILENT[function], "cannot_tell")


def test_permissions_under_other_names_cannot_be_told(place: Place) -> None:
    place.control("permissions", grant=TOLD)
    calm = gist(place.verify())
    place.control("", behaviour={"policy_names": {"Bills": "Purchase invoices", "Pay Bills": "Payments"}})
    found = gist(place.again())
    changed = {slug: found[slug] for slug in calm if found[slug] != calm[slug]}
    assert changed == dict.fromkeys(["perm.bills.add", "perm.pay-bills"], ("cannot_tell", "right_unproved"))


def test_a_check_that_fails_on_an_odd_answer_is_its_own_cannot_tell(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    def odd(_answers: Answers) -> Answer:
        raise KeyError("gone")

    answer = judge(Check("odd", "Odd", odd), Answers(place.connection))

    assert (answer.outcome, answer.cause, answer.facts) == ("cannot_tell", "check_failed", {"failure": "KeyError"})
    assert "The check odd could not be judged" in caplog.text


def test_dimensions_with_names_of_any_length_are_checked(place: Place) -> None:
    names = ("d" * 150, "d" * 151, "Build/Disassemble", "region", "region")
    place.control("", dimensions=[{"object": name, "label": name} for name in names])

    found = place.verify()

    dimensions = {slug for slug in found if slug.startswith("perm.dimension.")}
    short = {"perm.dimension.Build/Disassemble", "perm.dimension.region"}
    assert len(dimensions - short) == 2
    assert dimensions > short
    assert found["perm.vendors"].outcome == "passed"


@pytest.mark.parametrize(
    "fault", ["long-text", "text-control-character", "text-nul", "text-surrogate", "malformed-result", "odd-tag"]
)
def test_damage_inside_one_answer_is_one_check_and_no_page_fails(place: Place, fault: str) -> None:
    place.verify()
    place.control("fault", name=fault, function="lookup")

    found = place.again()

    assert found["gateway"].outcome == "passed"
    assert found["perm.vendors"].outcome == "passed"
    assert all(len(str(value)) <= 2_000 for finding in found.values() for value in finding.facts.values())
    browser = Client()
    browser.force_login(place.actor)
    assert browser.get(reverse("wizard:stage", args=[place.connection.pk, "credentials"])).status_code == 200


def test_facts_that_the_database_refuses_are_stored_without_what_it_refuses() -> None:
    facts = {"said": "a\0b\ud800" + "x" * 5_000, "count": 3, "names": ["a"]}

    assert storable_facts(facts) == {"said": ("ab" + "x" * 5_000)[:2_000], "count": 3, "names": ["a"]}


def test_a_user_who_also_signs_in_on_screen_is_named(place: Place) -> None:
    place.control("permissions", grant=["users:List", "users:View"])
    assert gist(place.verify())["user_kind"] == ("passed", "")

    place.control("", users={"Beanworks": {"web_services_only": False}})
    assert gist(place.again())["user_kind"] == ("cannot_tell", "user_kind_regular")

    place.control("permissions", revoke=["users:List", "users:View"])
    assert gist(place.again())["user_kind"] == ("cannot_tell", "not_told")


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
def test_fewer_than_two_of_several_entities_are_explained(
    place: Place, entities: int, multi_entity: bool | None, several: bool | None, expected: tuple[str, str]
) -> None:
    place.connection.several_entities = several
    company: dict[str, Any] = {"entities": [{"id": str(number)} for number in range(entities)]}
    company |= {} if multi_entity is None else {"multi_entity": multi_entity}

    answer = entities_seen(Answers(place.connection, company=company))

    assert (answer.outcome, answer.cause) == expected
