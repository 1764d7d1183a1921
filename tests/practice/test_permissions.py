"""What a user can do depends on the ticked permissions."""

import pytest

from intacct.catalogue import PERMISSIONS
from tests.practice.gateway_client import Answer, E, GatewayClient, query
from tests.support.stack import Practice

PROBED = [row for row in PERMISSIONS if row.object]
SLUGS = [row.slug for row in PROBED if not row.any_of]
ITEMS = [row.slug for row in PROBED if row.any_of == "items"]


def probes(gateway: GatewayClient) -> dict[str, bool]:
    """Query the object of every row of the guide in one request. Return whether each was granted."""
    answer = gateway.call(*(query(str(row.object), page=1) for row in PROBED))
    statuses = [result.findtext("status") == "success" for result in answer.results]
    return dict(zip((row.slug for row in PROBED), statuses, strict=True))


def refused_objects(answer: Answer) -> list[str]:
    return [str(errorno) for errorno, _ in answer.errors()]


def test_following_the_guide_grants_every_row(gateway: GatewayClient) -> None:
    assert all(probes(gateway).values())


@pytest.mark.parametrize("slug", SLUGS)
def test_only_the_unticked_row_is_refused(gateway: GatewayClient, slug: str) -> None:
    gateway.control("permissions", revoke=[slug])
    assert [row for row, granted in probes(gateway).items() if not granted] == [slug]


def test_one_of_three_items_rows_is_enough(gateway: GatewayClient) -> None:
    gateway.control("permissions", revoke=ITEMS[1:])
    assert probes(gateway)[ITEMS[0]]
    gateway.control("permissions", revoke=ITEMS[:1], grant=ITEMS[2:])
    assert probes(gateway)[ITEMS[0]]
    gateway.control("permissions", revoke=ITEMS)
    assert not probes(gateway)[ITEMS[0]]


def test_a_refusal_names_the_operation_and_the_object(gateway: GatewayClient) -> None:
    gateway.control("permissions", revoke=["vendors"])
    by_query = E.readByQuery(E.object("VENDOR"), E.fields("*"), E.query())
    assert gateway.call(query("VENDOR"), by_query).errors() == [
        ("PL04000005", "You do not have permission for API operation QUERY on objects of type VENDOR"),
        ("PL04000005", "You do not have permission for API operation READ_BY_QUERY on objects of type vendor"),
    ]


def test_each_user_defined_dimension_has_its_own_row(gateway: GatewayClient) -> None:
    gateway.control("permissions", revoke=["dimension:vehicle"])
    answer = gateway.call(query("vehicle", "id"), query("grant_program", "id name"))
    assert [result.findtext("status") for result in answer.results] == ["failure", "success"]


def test_reading_requires_view_and_not_list(gateway: GatewayClient) -> None:
    gateway.control("permissions", revoke=["vendors"], grant=["vendors:List"])
    assert refused_objects(gateway.call(query("VENDOR"))) == ["PL04000005"]
    gateway.control(behavior={"list_suffices": True})
    assert refused_objects(gateway.call(query("VENDOR"))) == []
    gateway.control(behavior={"view_suffices": False, "list_suffices": False})
    gateway.control("permissions", grant=["vendors:View"])
    assert refused_objects(gateway.call(query("VENDOR"), query("CUSTOMER"))) == ["PL04000005"]


def test_user_type_limits_the_rights_of_roles(gateway: GatewayClient) -> None:
    gateway.control(users={"Beanworks": {"user_type": "Employee", "admin_privileges": "Off"}})
    assert {slug for slug, granted in probes(gateway).items() if granted} == {
        *("departments", "locations", "employees", "customers", "projects", "tasks"),
        *ITEMS,
    }
    gateway.control(users={"Beanworks": {"user_type": "CRM"}})
    assert not any(probes(gateway).values())


def test_unassigned_role_gives_no_rights(gateway: GatewayClient) -> None:
    gateway.control(users={"Beanworks": {"roles": []}})
    assert not any(probes(gateway).values())


def test_roles_have_no_effect_with_user_based_permissions(gateway: GatewayClient) -> None:
    gateway.control(permission_model="user")
    assert all(probes(gateway).values())
    own = gateway.control(method="GET")["user_rights"]["Beanworks"]
    gateway.control(user_rights={"Beanworks": {slug: [] for slug in own}})
    assert not any(probes(gateway).values())
    gateway.control(permission_model="role")
    assert all(probes(gateway).values())


@pytest.mark.parametrize(
    ("behavior", "error"),
    [
        ("not-found", ("Query Failed", "Object definition PROJECT not found")),
        ("not-subscribed", ("PL04000005", "Projects module is not subscribed")),
        ("permission", ("PL04000005", "You do not have permission for API operation QUERY on objects of type PROJECT")),
    ],
)
def test_missing_application_is_refused_as_configured(
    gateway: GatewayClient, behavior: str, error: tuple[str, str]
) -> None:
    rest = [slug for slug in gateway.control(method="GET")["subscriptions"] if slug != "projects"]
    gateway.control(subscriptions=rest, behavior={"missing_module": behavior})
    assert gateway.call(query("PROJECT")).errors() == [error]


def test_single_entity_company_has_no_entities_and_exchange_rates(practice: Practice) -> None:
    gateway = GatewayClient(practice, "JUNIPER-CO")
    answer = gateway.call(query("LOCATIONENTITY"), query("EXCHANGERATE"), query("EXCHANGERATETYPES"), query("LOCATION"))
    assert [result.findtext("status") for result in answer.results] == ["failure", "failure", "failure", "success"]


def test_permissions_are_returned_as_ticked(gateway: GatewayClient) -> None:
    ask = E.getUserPermissions(E.userId("Beanworks"))
    assert refused_objects(gateway.call(ask)) == ["PL04000005"]
    gateway.control("permissions", grant=["users:Permissions"])
    rows = gateway.call(ask).tree.iterfind(".//policy")
    rights = {row.findtext("policyName"): row.findtext("rights") for row in rows}
    assert (rights["Bills"], rights["Pay Bills"], rights["Application Subscriptions"]) == (
        "View|Add",
        "Run",
        "List|View",
    )


def test_users_and_roles_are_readable_with_their_rights_only(gateway: GatewayClient) -> None:
    names = ("USERINFO", "USERRESTRICTION", "ROLES", "ROLEUSERS", "USERROLES", "ROLEASSIGNMENT", "ROLEPOLICYASSIGNMENT")
    assert len(refused_objects(gateway.call(*(query(name) for name in names)))) == len(names)
    gateway.control("permissions", grant=["users", "roles"])
    assert refused_objects(gateway.call(*(query(name) for name in names))) == []
    user = gateway.call(query("USERINFO", "LOGINID ADMIN USERTYPE STATUS LOGINDISABLED")).records()
    beanworks = {"ADMIN": "true", "USERTYPE": "business user", "STATUS": "active", "LOGINDISABLED": "true"}
    assert {"LOGINID": "Beanworks"} | beanworks in user
    assigned = gateway.call(query("ROLEUSERS", "USERLOGINID ROLENAME")).records()
    assert {"USERLOGINID": "Beanworks", "ROLENAME": "Beanworks API"} in assigned


def test_audit_trail_is_refused_without_errorno(gateway: GatewayClient) -> None:
    assert gateway.call(query("AUDITHISTORY", "OBJECTKEY")).errors() == [
        (None, "You do not have permission to view audit history")
    ]


def test_subscriptions_need_the_row_and_admin_privileges(gateway: GatewayClient) -> None:
    assert "AP" in [application.text for application in gateway.call(E.get_applications()).tree.iter("application")]
    gateway.control(users={"Beanworks": {"admin_privileges": "Off"}})
    assert refused_objects(gateway.call(E.get_applications())) == ["PL04000005"]
    gateway.control(users={"Beanworks": {"admin_privileges": "Limited"}})
    gateway.control("permissions", revoke=["application-subscriptions"])
    assert (
        refused_objects(gateway.call(E.get_applications(), E.get_companyprefs(application="GEN"))) == ["PL04000005"] * 2
    )


def test_lookup_works_without_permission_to_read_records(gateway: GatewayClient) -> None:
    gateway.control("permissions", revoke=["vendors"])
    answer = gateway.call(E.lookup(E.object("VENDOR")), E.inspect(E.object("*")))
    assert [result.findtext("status") for result in answer.results] == ["success", "success"]


def test_top_level_only_access_hides_the_entities(gateway: GatewayClient) -> None:
    gateway.control(top_level_only=True)

    answer = gateway.call(E.readEntityDetails(), query("LOCATIONENTITY"), query("VENDOR"))
    assert [result.findtext("status") for result in answer.results] == ["success"] * 3
    assert answer.tree.findall(".//entity") == []
    assert answer.results[1].find("data").get("totalcount") == "0"  # type: ignore[union-attr]

    gateway.entity = "100"
    refused_at_entity = gateway.call(E.getAPISession())
    assert (refused_at_entity.layer(), refused_at_entity.errors()[0][1]) == ("operation", "Top level access only")


def test_restriction_hides_records_until_it_is_removed(gateway: GatewayClient) -> None:
    """Nothing is deleted: other lists and the oracle stay unchanged."""
    everything = gateway.control("oracle/VENDOR", "GET")["count"]
    others = gateway.call(query("CUSTOMER")).data()["totalcount"]

    gateway.control(users={"Beanworks": {"visible_percent": {"VENDOR": 10}}})
    left = int(gateway.call(query("VENDOR", showprivate="true")).data()["totalcount"])
    assert 0 < left < everything / 5
    assert gateway.control("oracle/VENDOR", "GET", user="Beanworks")["count"] == left
    assert gateway.control("oracle/VENDOR", "GET")["count"] == everything
    assert gateway.call(query("CUSTOMER")).data()["totalcount"] == others
    seen = gateway.call(E.readByQuery(E.object("VENDOR"), E.query(), E.fields("RECORDNO")))
    assert int(seen.data()["totalcount"]) <= left

    gateway.control(users={"Beanworks": {"visible_percent": {"VENDOR": 100}}})
    assert int(gateway.call(query("VENDOR", showprivate="true")).data()["totalcount"]) == everything


def test_restriction_of_one_user_does_not_affect_others(gateway: GatewayClient) -> None:
    gateway.control(users={"Beanworks": {"visible_percent": {"VENDOR": 0}}})
    gateway.user, gateway.password = "admin", "practice-admin"
    assert int(gateway.call(query("VENDOR")).data()["totalcount"]) > 100


def test_payment_details_require_the_right_to_pay_bills(gateway: GatewayClient) -> None:
    fields = "RECORDNO RECORDKEY PAYMENTKEY PAYMENTAMOUNT APPYMT.TOTALENTERED APBILL.RECORDNO"
    (row,) = gateway.call(query("APPYMTDETAIL", fields, order="RECORDNO", page=1)).records()
    assert row["PAYMENTAMOUNT"] == row["APPYMT.TOTALENTERED"]
    assert row["APBILL.RECORDNO"] == row["RECORDKEY"]
    gateway.control("permissions", revoke=["pay-bills"])
    assert refused_objects(gateway.call(query("APPYMTDETAIL"))) == ["PL04000005"]


@pytest.mark.parametrize(
    ("name", "row", "fields", "first"),
    [
        ("GLJOURNAL", "journals", "SYMBOL STATUS", {"SYMBOL": "GJ", "STATUS": "active"}),
        ("TRXCURRENCIES", "currencies", "CODE", {"CODE": "CAD"}),
        ("COMPANYPREF", "company-information", "PREFERENCE PREFVALUE", {"PREFERENCE": "COUNTRY", "PREFVALUE": "US"}),
    ],
)
def test_objects_that_other_clients_read_need_their_own_right(
    gateway: GatewayClient, name: str, row: str, fields: str, first: dict[str, str]
) -> None:
    assert refused_objects(gateway.call(query(name))) == ["PL04000005"]
    gateway.control("permissions", grant=[row])
    assert gateway.call(query(name, fields, order="RECORDNO", page=1)).records() == [first]
