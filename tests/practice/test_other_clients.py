"""A third-party client works with the practice company as with Intacct."""

import logging
import os
from typing import Any

import pytest
from sageintacctsdk import SageIntacctSDK, apis
from sageintacctsdk.exceptions import InvalidTokenError, NoPrivilegeError, WrongParamsError

from tests.practice.gateway_client import PASSWORD, GatewayClient

LISTS = (
    *("vendors", "customers", "departments", "locations", "employees", "accounts", "projects", "items", "classes"),
    *("tasks", "cost_types", "tax_details", "checking_accounts", "savings_accounts", "location_entities"),
)


@pytest.fixture
def sdk(gateway: GatewayClient, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The SDK, with its address replaced in the constructor: this is the only place where its lists get it from."""
    logging.getLogger("sageintacctsdk").setLevel(logging.CRITICAL)
    original_init = apis.ApiBase.__init__

    def begin(self: Any, *args: Any, **named: Any) -> None:
        original_init(self, *args, **named)
        self._ApiBase__api_url = gateway.practice.gateway

    monkeypatch.setattr(apis.ApiBase, "__init__", begin)
    return lambda password=PASSWORD: SageIntacctSDK(
        sender_id="BeanworksMPP",
        sender_password=os.environ["INTACCT_SENDER_PASSWORD"],
        user_id="Beanworks",
        company_id=gateway.company,
        user_password=password,
        show_private=True,
    )


@pytest.mark.parametrize("name", LISTS)
def test_sdk_lists_every_record_once(gateway: GatewayClient, sdk: Any, name: str) -> None:
    client_list = getattr(sdk(), name)
    records = [record for page in client_list.get_all_generator(fields=["RECORDNO", "WHENMODIFIED"]) for record in page]
    truth = gateway.control(f"oracle/{client_list._ApiBase__dimension}", "GET", fields="RECORDNO,WHENMODIFIED")[
        "records"
    ]
    listed = sorted((int(record["RECORDNO"]), record["WHENMODIFIED"] or "") for record in records)
    assert listed == [(int(record["RECORDNO"]), record["WHENMODIFIED"]) for record in truth]


def test_sdk_counts_and_filters(sdk: Any) -> None:
    vendors = sdk().vendors
    assert vendors.get("VENDORID", "V00002", ["VENDORID"])["VENDOR"][0]["VENDORID"] == "V00002"
    chosen = vendors.get_by_query(
        fields=["VENDORID"], and_filter=[("like", "NAME", "Maple%"), ("equalto", "STATUS", "active")]
    )
    assert 0 < len(chosen) < vendors.count()


def test_sdk_raises_its_own_errors_for_refusals(gateway: GatewayClient, sdk: Any) -> None:
    with pytest.raises(InvalidTokenError):
        sdk("wrong")
    connected = sdk()
    gateway.control("permissions", revoke=["vendors"])
    with pytest.raises(NoPrivilegeError):
        connected.vendors.count()
    with pytest.raises(WrongParamsError):
        connected.customers.get_all(fields=["NOSUCHFIELD"])
