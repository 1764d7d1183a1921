"""What can be done in a company, and what it refuses. A refusal names the input and changes nothing."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from intacct import catalogue
from practice import guide
from practice.company import (
    ADMINISTRATOR_ROLE,
    Company,
    CustomField,
    Refused,
    SenderAuthorization,
    new_company,
    start_over,
)
from practice.company.customization import (
    add_custom_field,
    add_custom_fields,
    add_dimension,
    delete_custom_field,
    edit_custom_field,
)
from practice.company.entities import add_entity, set_entity_status
from practice.company.info import add_authorization, delete_authorization, set_authorizations, set_permission_model
from practice.company.roles import add_role, delete_role, edit_role, set_role_rights
from practice.company.subscriptions import set_subscription, set_web_services
from practice.company.users import ADMINISTRATOR, add_user, delete_user, edit_user, set_password, set_user_rights
from practice.demo import companies
from practice.policies import POLICIES

USER = {"last_name": "Beanworks", "email": "beanworks@example.com"}
FIELD = CustomField("APBILL", "Text", "Beanworks", "BEANWORKS")


@pytest.fixture
def company() -> Company:
    company = new_company("ACME", "Acme")
    add_user(company, "Beanworks", **USER)
    add_role(company, "Beanworks API")
    add_authorization(company, "BeanworksMPP")
    add_custom_field(company, FIELD)
    add_dimension(company, "boat", "Boat")
    return company


def test_new_company_has_its_administrator_with_every_right_and_web_services_off() -> None:
    company = new_company("ACME", "Acme")
    administrator = company.users[ADMINISTRATOR]

    assert [*company.users] == [ADMINISTRATOR]
    assert not company.web_services_on
    for model in ("role", "user"):
        set_permission_model(company, model)
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
    set_web_services(company, True)
    company.seed, company.journal = 7, [{"what": "week", "at": 1}]

    again = start_over(company)

    assert (again.seed, again.dimensions) == (7, company.dimensions)
    assert (again.web_services_on, again.journal, again.custom_fields, [*again.users]) == (False, [], [], ["admin"])


REFUSALS: dict[str, tuple[Callable[[Company], Any], str | None]] = {
    "user ID with a space": (lambda company: add_user(company, "Bean works", **USER), "user_id"),
    "user ID taken": (lambda company: add_user(company, "Beanworks", **USER), "user_id"),
    "user type unknown": (lambda company: edit_user(company, "Beanworks", user_type="Robot"), "user_type"),
    "privileges unknown": (lambda company: edit_user(company, "Beanworks", admin_privileges="All"), "admin_privileges"),
    "status unknown": (lambda company: edit_user(company, "Beanworks", status="Asleep"), "status"),
    "no mailbox": (lambda company: edit_user(company, "Beanworks", email="beanworks"), "email"),
    "privileges of an employee": (
        lambda company: edit_user(company, "Beanworks", user_type="Employee", admin_privileges="Full"),
        "admin_privileges",
    ),
    "unknown user": (lambda company: edit_user(company, "Unknown", status="Active"), None),
    "administrator deleted": (lambda company: delete_user(company, ADMINISTRATOR), None),
    "password of an unknown user": (lambda company: set_password(company, "Unknown", "x"), None),
    "role without a name": (lambda company: add_role(company, " . "), "name"),
    "role with a slash": (lambda company: add_role(company, "a/b"), "name"),
    "role with a long name": (lambda company: add_role(company, "a" * 81), "name"),
    "role name taken": (lambda company: add_role(company, "Beanworks API"), "name"),
    "role renamed to another": (lambda company: edit_role(company, "Beanworks API", new_name="Administrator"), "name"),
    "unknown role": (lambda company: delete_role(company, "Beans"), None),
    "rights of an unknown role": (lambda company: set_role_rights(company, "Beans", {}), None),
    "permission type unknown": (lambda company: set_permission_model(company, "group"), "permission_model"),
    "application unknown": (lambda company: set_subscription(company, "payroll", True), None),
    "sender twice": (lambda company: add_authorization(company, "BeanworksMPP"), "sender_id"),
    "sender without ID": (lambda company: add_authorization(company, " "), "sender_id"),
    "sender status unknown": (lambda company: add_authorization(company, "Other", status="On"), "status"),
    "entity ID taken": (lambda company: add_entity(company, "100", "Again"), "entity_id"),
    "entity without ID": (lambda company: add_entity(company, " ", "Blank"), "entity_id"),
    "status of an unknown entity": (lambda company: set_entity_status(company, "900", "inactive"), None),
    "field ID with a digit first": (lambda company: add_custom_field(company, changed(id="1A")), "field_id"),
    "field ID taken in other letters": (lambda company: add_custom_field(company, changed(id="BeanWorks")), "field_id"),
    "second of two fields": (
        lambda company: add_custom_fields(company, [changed(id="A"), changed(id="-")]),
        "field_id",
    ),
    "unknown field": (lambda company: edit_custom_field(company, "APBILL", "X", label="", description=""), None),
    "dimension twice": (lambda company: add_dimension(company, "boat", "Boat"), "object_name"),
    "dimension with a bracket": (lambda company: add_dimension(company, "bo<at", "Boat"), "object_name"),
    "dimension without a name": (lambda company: add_dimension(company, " ", "Boat"), "object_name"),
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
        add_entity(new_company("A", "Acme", multi_entity=False), "100", "Second")


def test_generated_password_is_emailed_and_a_given_one_is_not(company: Company) -> None:
    (mail,) = company.mailbox
    password = company.users["Beanworks"].password
    assert mail.to == "beanworks@example.com"
    assert mail.text.splitlines() == ["Company ID: ACME", "User ID: Beanworks", f"Password: {password}"]

    assert set_password(company, "Beanworks", "given") == "given"
    assert company.mailbox == [mail]

    assert set_password(company, "Beanworks") not in ("given", password)
    assert len(company.mailbox) == 2


def test_password_is_in_no_representation_of_a_user(company: Company) -> None:
    set_password(company, "Beanworks", "given")
    assert "given" not in repr(company.users["Beanworks"])


def test_renamed_role_stays_with_its_users(company: Company) -> None:
    edit_user(company, "Beanworks", roles=["Beanworks API"])
    set_role_rights(company, "Beanworks API", {"vendors": {"View"}})

    edit_role(company, "Beanworks API", new_name="API")

    assert company.users["Beanworks"].roles == ["API"]
    assert company.rights_of(company.users["Beanworks"]) == {"vendors": {"View"}}


def test_deleted_role_is_taken_from_its_users_only(company: Company) -> None:
    edit_user(company, "Beanworks", roles=["Beanworks API", ADMINISTRATOR_ROLE])

    delete_role(company, "Beanworks API")

    assert company.users["Beanworks"].roles == [ADMINISTRATOR_ROLE]
    assert company.users[ADMINISTRATOR].roles == [ADMINISTRATOR_ROLE]


def test_rights_of_several_roles_add_up(company: Company) -> None:
    add_role(company, "Second")
    set_role_rights(company, "Beanworks API", {"vendors": {"List"}, "bills": {"View"}})
    set_role_rights(company, "Second", {"vendors": {"View", "no such right"}, "no such row": {"View"}})
    edit_user(company, "Beanworks", roles=["Beanworks API", "Second", "Gone"])

    assert company.rights_of(company.users["Beanworks"]) == {"vendors": {"List", "View"}, "bills": {"View"}}


def test_rights_of_the_other_permission_type_have_no_effect(company: Company) -> None:
    edit_user(company, "Beanworks", roles=["Beanworks API"])
    set_role_rights(company, "Beanworks API", {"vendors": {"View"}})
    set_user_rights(company, "Beanworks", {"bills": {"View"}})

    assert company.rights_of(company.users["Beanworks"]) == {"vendors": {"View"}}
    set_permission_model(company, "user")
    assert company.rights_of(company.users["Beanworks"]) == {"bills": {"View"}}


def test_rights_in_an_application_return_with_its_subscription(company: Company) -> None:
    row = next(row for row in POLICIES if row.module not in {module.slug for module in catalogue.ALWAYS_SUBSCRIBED})
    given = {row.slug: {row.rights[0]}}
    edit_user(company, "Beanworks", roles=["Beanworks API"])
    set_role_rights(company, "Beanworks API", given)

    set_subscription(company, row.module, False)
    set_role_rights(company, "Beanworks API", {})
    assert company.rights_of(company.users["Beanworks"]) == {}

    set_subscription(company, row.module, True)
    assert company.rights_of(company.users["Beanworks"]) == given


def test_some_applications_cannot_be_unsubscribed(company: Company) -> None:
    always = min(module.slug for module in catalogue.ALWAYS_SUBSCRIBED)
    set_subscription(company, always, False)
    assert company.is_subscribed(always)


def test_deleted_user_loses_their_rights_for_a_namesake(company: Company) -> None:
    set_permission_model(company, "user")
    set_user_rights(company, "Beanworks", {"bills": {"View"}})

    delete_user(company, "Beanworks")

    assert company.rights_of(add_user(company, "Beanworks", **USER)) == {}


def test_user_sees_active_entities_within_their_restriction(company: Company) -> None:
    user = company.users["Beanworks"]
    set_entity_status(company, "300", "inactive")
    assert [entity.id for entity in company.entities_of(user)] == ["100", "200"]

    user = edit_user(company, "Beanworks", entities=["200", "300"])
    assert [entity.id for entity in company.entities_of(user)] == ["200"]

    company.top_level_only = True
    assert company.entities_of(user) == []


def test_list_of_senders_is_replaced_as_a_whole(company: Company) -> None:
    set_authorizations(company, [SenderAuthorization("A"), SenderAuthorization("B", status="Inactive")])
    assert company.authorization("BeanworksMPP") is None
    assert company.authorization("B") == SenderAuthorization("B", status="Inactive")

    delete_authorization(company, "A")
    assert [row.sender_id for row in company.authorizations] == ["B"]


def test_field_is_edited_and_deleted_in_its_own_object_only(company: Company) -> None:
    add_custom_field(company, changed(object="VENDOR"))

    edit_custom_field(company, "APBILL", "BEANWORKS", label="Link", description="New")
    assert company.custom_field("APBILL", "BEANWORKS") == changed(label="Link", description="New")
    assert company.custom_field("VENDOR", "BEANWORKS") == changed(object="VENDOR")

    delete_custom_field(company, "APBILL", "BEANWORKS")
    assert company.custom_fields == [changed(object="VENDOR")]


def test_preferences_say_what_the_company_is(company: Company) -> None:
    company.multi_currency = False
    assert company.preferences()["GEN"]["PERMISSION_MODEL"] == "ROLE"
    assert company.preferences()["ME"] == {"MULTIENTITY": "T", "MULTICURRENCY": "F"}


def test_changed_password_of_the_demonstration_is_in_the_mailbox() -> None:
    company = companies(scale=1)["HEMLOCK-HOMES"]

    [mail] = company.mailbox

    password = company.users[catalogue.USER_ID].password
    assert password != guide.PASSWORD
    assert f"Password: {password}" in mail.text
