"""What can be done in a company, and what it refuses. A refusal names the input and changes nothing."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from intacct import catalogue
from practice.company import (
    ADMINISTRATOR,
    ADMINISTRATOR_ROLE,
    Company,
    CustomField,
    Refused,
    SenderAuthorization,
    new_company,
    start_over,
)
from practice.policies import POLICIES

USER = {"last_name": "Beanworks", "email": "beanworks@example.com"}
FIELD = CustomField("APBILL", "Text", "Beanworks", "BEANWORKS")


@pytest.fixture
def company() -> Company:
    company = new_company("ACME", "Acme")
    company.user_add("Beanworks", **USER)
    company.role_add("Beanworks API")
    company.authorization_add("BeanworksMPP")
    company.custom_field_add(FIELD)
    company.dimension_add("boat", "Boat")
    return company


def test_new_company_has_its_administrator_with_every_right_and_web_services_off() -> None:
    company = new_company("ACME", "Acme")
    administrator = company.users[ADMINISTRATOR]

    assert [*company.users] == [ADMINISTRATOR]
    assert not company.web_services_on
    for model in ("role", "user"):
        company.permission_model_set(model)
        assert company.rights_of(administrator) == {row.slug: set(row.rights) for row in POLICIES}


def test_company_with_several_entities_gets_three_of_its_own_name() -> None:
    assert [entity.name for entity in new_company("A", "Acme").entities] == ["Acme US", "Acme Canada", "Acme UK"]
    assert new_company("A", "Acme", multi_entity=False).entities == []


@pytest.mark.parametrize("company_id", ["", "-acme", "a b", "a" * 41, "a/b", "é"])
def test_company_id_has_only_letters_digits_and_some_marks(company_id: str) -> None:
    with pytest.raises(Refused) as refused:
        new_company(company_id, "Acme")
    assert refused.value.field == "company_id"


def test_start_over_keeps_what_the_company_is_and_undoes_what_was_done(company: Company) -> None:
    company.web_services_set(True)
    company.seed, company.journal = 7, [{"what": "week", "at": 1}]

    again = start_over(company)

    assert (again.seed, again.dimensions) == (7, company.dimensions)
    assert (again.web_services_on, again.journal, again.custom_fields, [*again.users]) == (False, [], [], ["admin"])


REFUSALS: dict[str, tuple[Callable[[Company], Any], str | None]] = {
    "user ID with a space": (lambda company: company.user_add("Bean works", **USER), "user_id"),
    "user ID taken": (lambda company: company.user_add("Beanworks", **USER), "user_id"),
    "user type unknown": (lambda company: company.user_edit("Beanworks", user_type="Robot"), "user_type"),
    "privileges unknown": (lambda company: company.user_edit("Beanworks", admin_privileges="All"), "admin_privileges"),
    "status unknown": (lambda company: company.user_edit("Beanworks", status="Asleep"), "status"),
    "no mailbox": (lambda company: company.user_edit("Beanworks", email="beanworks"), "email"),
    "privileges of an employee": (
        lambda company: company.user_edit("Beanworks", user_type="Employee", admin_privileges="Full"),
        "admin_privileges",
    ),
    "unknown user": (lambda company: company.user_edit("Unknown", status="Active"), None),
    "administrator deleted": (lambda company: company.user_delete(ADMINISTRATOR), None),
    "password of an unknown user": (lambda company: company.password_set("Unknown", "x"), None),
    "role without a name": (lambda company: company.role_add(" . "), "name"),
    "role with a slash": (lambda company: company.role_add("a/b"), "name"),
    "role with a long name": (lambda company: company.role_add("a" * 81), "name"),
    "role name taken": (lambda company: company.role_add("Beanworks API"), "name"),
    "role renamed to another": (lambda company: company.role_edit("Beanworks API", new_name="Administrator"), "name"),
    "unknown role": (lambda company: company.role_delete("Beans"), None),
    "rights of an unknown role": (lambda company: company.role_rights_set("Beans", {}), None),
    "permission type unknown": (lambda company: company.permission_model_set("group"), "permission_model"),
    "application unknown": (lambda company: company.subscription_set("payroll", True), None),
    "sender twice": (lambda company: company.authorization_add("BeanworksMPP"), "sender_id"),
    "sender without ID": (lambda company: company.authorization_add(" "), "sender_id"),
    "sender status unknown": (lambda company: company.authorization_add("Other", status="On"), "status"),
    "entity ID taken": (lambda company: company.entity_add("100", "Again"), "entity_id"),
    "entity without ID": (lambda company: company.entity_add(" ", "Blank"), "entity_id"),
    "status of an unknown entity": (lambda company: company.entity_status_set("900", "inactive"), None),
    "field ID with a digit first": (lambda company: company.custom_field_add(changed(id="1A")), "field_id"),
    "field ID taken in other letters": (lambda company: company.custom_field_add(changed(id="BeanWorks")), "field_id"),
    "second of two fields": (lambda company: company.custom_fields_add([changed(id="A"), changed(id="-")]), "field_id"),
    "unknown field": (lambda company: company.custom_field_edit("APBILL", "X", label="", description=""), None),
    "dimension twice": (lambda company: company.dimension_add("boat", "Boat"), "object_name"),
    "dimension with a bracket": (lambda company: company.dimension_add("bo<at", "Boat"), "object_name"),
    "dimension without a name": (lambda company: company.dimension_add(" ", "Boat"), "object_name"),
}


def changed(**values: str) -> CustomField:
    return CustomField(**{**vars(FIELD), **values})


@pytest.mark.parametrize("case", REFUSALS)
def test_refused_action_names_its_input_and_changes_nothing(company: Company, case: str) -> None:
    act, field = REFUSALS[case]
    before = copy.deepcopy(company)

    with pytest.raises(Refused) as refused:
        act(company)

    assert refused.value.field == field
    assert str(refused.value).endswith(".")
    assert company == before


def test_company_with_one_entity_gets_no_other() -> None:
    with pytest.raises(Refused, match="single entity"):
        new_company("A", "Acme", multi_entity=False).entity_add("100", "Second")


def test_generated_password_is_emailed_and_a_given_one_is_not(company: Company) -> None:
    (mail,) = company.mailbox
    password = company.users["Beanworks"].password
    assert mail.to == "beanworks@example.com"
    assert mail.text.splitlines() == ["Company ID: ACME", "User ID: Beanworks", f"Password: {password}"]

    assert company.password_set("Beanworks", "given") == "given"
    assert company.mailbox == [mail]

    assert company.password_set("Beanworks") not in ("given", password)
    assert len(company.mailbox) == 2


def test_password_is_in_no_representation_of_a_user(company: Company) -> None:
    company.password_set("Beanworks", "given")
    assert "given" not in repr(company.users["Beanworks"])


def test_renamed_role_stays_with_its_users(company: Company) -> None:
    company.user_edit("Beanworks", roles=["Beanworks API"])
    company.role_rights_set("Beanworks API", {"vendors": {"View"}})

    company.role_edit("Beanworks API", new_name="API")

    assert company.users["Beanworks"].roles == ["API"]
    assert company.rights_of(company.users["Beanworks"]) == {"vendors": {"View"}}


def test_deleted_role_is_taken_from_its_users_only(company: Company) -> None:
    company.user_edit("Beanworks", roles=["Beanworks API", ADMINISTRATOR_ROLE])

    company.role_delete("Beanworks API")

    assert company.users["Beanworks"].roles == [ADMINISTRATOR_ROLE]
    assert company.users[ADMINISTRATOR].roles == [ADMINISTRATOR_ROLE]


def test_rights_of_several_roles_add_up(company: Company) -> None:
    company.role_add("Second")
    company.role_rights_set("Beanworks API", {"vendors": {"List"}, "bills": {"View"}})
    company.role_rights_set("Second", {"vendors": {"View", "no such right"}, "no such row": {"View"}})
    company.user_edit("Beanworks", roles=["Beanworks API", "Second", "Gone"])

    assert company.rights_of(company.users["Beanworks"]) == {"vendors": {"List", "View"}, "bills": {"View"}}


def test_rights_of_the_other_permission_type_have_no_effect(company: Company) -> None:
    company.user_edit("Beanworks", roles=["Beanworks API"])
    company.role_rights_set("Beanworks API", {"vendors": {"View"}})
    company.user_rights_set("Beanworks", {"bills": {"View"}})

    assert company.rights_of(company.users["Beanworks"]) == {"vendors": {"View"}}
    company.permission_model_set("user")
    assert company.rights_of(company.users["Beanworks"]) == {"bills": {"View"}}


def test_rights_in_an_application_return_with_its_subscription(company: Company) -> None:
    row = next(row for row in POLICIES if row.module not in {module.slug for module in catalogue.ALWAYS_SUBSCRIBED})
    given = {row.slug: {row.rights[0]}}
    company.user_edit("Beanworks", roles=["Beanworks API"])
    company.role_rights_set("Beanworks API", given)

    company.subscription_set(row.module, False)
    company.role_rights_set("Beanworks API", {})
    assert company.rights_of(company.users["Beanworks"]) == {}

    company.subscription_set(row.module, True)
    assert company.rights_of(company.users["Beanworks"]) == given


def test_some_applications_cannot_be_unsubscribed(company: Company) -> None:
    always = min(module.slug for module in catalogue.ALWAYS_SUBSCRIBED)
    company.subscription_set(always, False)
    assert company.is_subscribed(always)


def test_deleted_user_loses_their_rights_for_a_namesake(company: Company) -> None:
    company.permission_model_set("user")
    company.user_rights_set("Beanworks", {"bills": {"View"}})

    company.user_delete("Beanworks")

    assert company.rights_of(company.user_add("Beanworks", **USER)) == {}


def test_user_sees_active_entities_within_their_restriction(company: Company) -> None:
    user = company.users["Beanworks"]
    company.entity_status_set("300", "inactive")
    assert [entity.id for entity in company.entities_of(user)] == ["100", "200"]

    user = company.user_edit("Beanworks", entities=["200", "300"])
    assert [entity.id for entity in company.entities_of(user)] == ["200"]

    company.top_level_only = True
    assert company.entities_of(user) == []


def test_list_of_senders_is_replaced_as_a_whole(company: Company) -> None:
    company.authorizations_set([SenderAuthorization("A"), SenderAuthorization("B", status="Inactive")])
    assert company.authorization("BeanworksMPP") is None
    assert company.authorization("B") == SenderAuthorization("B", status="Inactive")

    company.authorization_delete("A")
    assert [row.sender_id for row in company.authorizations] == ["B"]


def test_field_is_edited_and_deleted_in_its_own_object_only(company: Company) -> None:
    company.custom_field_add(changed(object="VENDOR"))

    company.custom_field_edit("APBILL", "BEANWORKS", label="Link", description="New")
    assert company.custom_field("APBILL", "BEANWORKS") == changed(label="Link", description="New")
    assert company.custom_field("VENDOR", "BEANWORKS") == changed(object="VENDOR")

    company.custom_field_delete("APBILL", "BEANWORKS")
    assert company.custom_fields == [changed(object="VENDOR")]


def test_preferences_say_what_the_company_is(company: Company) -> None:
    company.multi_currency = False
    assert company.preferences()["GEN"]["PERMISSION_MODEL"] == "ROLE"
    assert company.preferences()["ME"] == {"MULTIENTITY": "T", "MULTICURRENCY": "F"}
