"""The pages of exports and deletions: each user sees what they may do next."""

from collections.abc import Callable
from io import BytesIO
from zipfile import is_zipfile

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Customer, User
from audit.models import AuditEvent
from operations.models import CustomerDeletion, CustomerExport
from operations.tasks import deletion_run, export_run
from tests.operations.test_deletion import second_support
from tests.support.inspection import inspect


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address_of(customer: Customer) -> str:
    return reverse("operations:customer_data", args=[customer.pk])


@pytest.mark.django_db(transaction=True)
def test_administrator_exports_the_data_of_their_company(administrator: User) -> None:
    ada, customer = signed_in(administrator), administrator.customer
    assert customer

    page = ada.post(reverse("operations:export_start", args=[customer.pk]), follow=True)
    assert b"The export is being made" in page.content
    export = CustomerExport.objects.get()
    export_run(export.pk)
    assert b"The export is ready" in ada.get(address_of(customer)).content
    file = ada.get(reverse("operations:export_download", args=[export.pk]))

    assert is_zipfile(BytesIO(file.getvalue()))
    assert AuditEvent.objects.filter(action="export.downloaded", actor_id=administrator.pk).exists()
    assert b"Deletion" not in ada.get(address_of(customer)).content


@pytest.mark.django_db
def test_link_of_an_expired_export_leads_to_the_page(administrator: User) -> None:
    customer = administrator.customer
    assert customer
    export = CustomerExport.objects.create(
        customer=customer, requested_by=administrator, state="done", expires_at=timezone.now()
    )

    response = signed_in(administrator).get(reverse("operations:export_download", args=[export.pk]))

    assert response.headers["Location"] == address_of(customer)


@pytest.mark.django_db
def test_deletion_from_the_request_to_the_row_that_stays(administrator: User, support: User) -> None:
    sue, second, customer = signed_in(support), signed_in(second_support()), administrator.customer
    assert customer
    request = reverse("operations:deletion_ask", args=[customer.pk])
    assert b"This is not the name of the customer" in sue.post(request, {"name": "Hill", "reason": "1"}).content

    page = sue.post(request, {"name": customer.name, "reason": "They left."}, follow=True)
    assert b"You cannot confirm this deletion" in page.content
    deletion = CustomerDeletion.objects.get()
    confirm = reverse("operations:deletion_approve", args=[deletion.pk])
    page = second.post(confirm, {"name": customer.name}, follow=True)
    assert b"can be canceled until then" in page.content
    CustomerDeletion.objects.update(starts_at=timezone.now())
    deletion_run(deletion.pk)

    assert f"Customer {customer.pk}:" in sue.get(reverse("operations:deletions")).content.decode()
    assert signed_in(support).get(address_of(customer)).status_code == 404
    log = signed_in(support).get("/audit-log/?sign_ins=shown").content.decode()
    assert "Deleted the customer" in log
    assert "They left." not in log


def test_page_shows_the_file_without_a_reload(new_page: Callable[..., Page], administrator: User) -> None:
    customer = administrator.customer
    assert customer
    export = CustomerExport.objects.create(customer=customer, requested_by=administrator, rows=1, total=3)
    page = new_page(signed_in(administrator))
    page.goto(address_of(customer))
    expect(page.get_by_text("1 of 3 rows")).to_be_visible()

    export_run(export.pk)

    expect(page.get_by_role("link", name="Download the export")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("button", name="Export all data")).to_be_visible()


def test_pages_are_accessible_on_every_device(
    new_page: Callable[..., Page], administrator: User, support: User
) -> None:
    customer = administrator.customer
    assert customer
    page = new_page(signed_in(support))
    page.goto(address_of(customer))
    assert inspect(page) == []

    CustomerExport.objects.create(customer=customer, requested_by=support, rows=1, total=3)
    requested = CustomerDeletion.objects.create(
        customer_pk=customer.pk, customer_name=customer.name, reason="They left.", requested_by=second_support()
    )
    for name, arguments in (("customer_data", [customer.pk]), ("deletions", [])):
        page.goto(reverse(f"operations:{name}", args=arguments))
        assert inspect(page) == [], name

    CustomerDeletion.objects.filter(pk=requested.pk).update(state="done", canceled_at=timezone.now())
    page.goto(reverse("operations:deletions"))
    assert inspect(page) == []
