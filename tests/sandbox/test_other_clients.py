"""A client that nobody here wrote takes the practice company for the real thing."""

import logging
import os
from typing import Any

import pytest
from sageintacctsdk import SageIntacctSDK, apis
from sageintacctsdk.exceptions import InvalidTokenError, NoPrivilegeError, WrongParamsError

from tests.sandbox.wire import PASSWORD, Wire

LISTS = (
    *("vendors", "customers", "departments", "locations", "employees", "accounts", "projects", "items", "classes"),
    *("tasks", "cost_types", "tax_details", "checking_accounts", "savings_accounts", "location_entities"),
)


@pytest.fixture
def sdk(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pointed here through the only place it keeps the address; its lists learn it from nowhere else."""
    logging.getLogger("sageintacctsdk").setLevel(logging.CRITICAL)
    made = apis.ApiBase.__init__

    def begin(self: Any, *args: Any, **named: Any) -> None:
        made(self, *args, **named)
        self._ApiBase__api_url = wire.practice.gateway

    monkeypatch.setattr(apis.ApiBase, "__init__", begin)
    return lambda password=PASSWORD: SageIntacctSDK(
        sender_id="BeanworksMPP",
        sender_password=os.environ["INTACCT_SENDER_PASSWORD"],
        user_id="Beanworks",
        company_id=wire.company,
        user_password=password,
        show_private=True,
    )


@pytest.mark.parametrize("name", LISTS)
def test_it_lists_every_record_once(wire: Wire, sdk: Any, name: str) -> None:
    found = getattr(sdk(), name)
    records = [each for page in found.get_all_generator(fields=["RECORDNO", "WHENMODIFIED"]) for each in page]
    truth = wire.control(f"oracle/{found._ApiBase__dimension}", "GET", fields="RECORDNO,WHENMODIFIED")["records"]
    told = sorted((int(each["RECORDNO"]), each["WHENMODIFIED"] or "") for each in records)
    assert told == [(int(each["RECORDNO"]), each["WHENMODIFIED"]) for each in truth]


def test_it_finds_and_filters(sdk: Any) -> None:
    vendors = sdk().vendors
    assert vendors.get("VENDORID", "V00002", ["VENDORID"])["VENDOR"][0]["VENDORID"] == "V00002"
    chosen = vendors.get_by_query(
        fields=["VENDORID"], and_filter=[("like", "NAME", "Maple%"), ("equalto", "STATUS", "active")]
    )
    assert 0 < len(chosen) < vendors.count()


def test_it_meets_the_refusals_it_knows(wire: Wire, sdk: Any) -> None:
    with pytest.raises(InvalidTokenError):
        sdk("wrong")
    connected = sdk()
    wire.control("permissions", revoke=["vendors"])
    with pytest.raises(NoPrivilegeError):
        connected.vendors.count()
    with pytest.raises(WrongParamsError):
        connected.customers.get_all(fields=["NOSUCHFIELD"])
