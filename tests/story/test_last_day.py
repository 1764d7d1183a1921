"""The life of a customer, from the import to the deletion. After it, nothing of the customer is left anywhere.

The names, addresses, passwords and records of this customer are canaries: texts that nothing else has. Everything that
the processes of the stack have stored is searched for them.
"""

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Customer, User
from core.queue import publish
from mail.models import Email
from operations.models import CustomerDeletion
from smartsync.models import ListItem
from tests.support.canaries import canaries_left
from tests.support.processes import Running, wait_until
from tests.support.stack import Live, Practice, Worker
from tests.support.users import create_user, signed_in_client
from wizard.models import Connection, SyncProfile

from .people import Administrator

COMPANY, CUSTOMER, ADA = "KANARI-CO", "Kanarivogel Foods", "Adalie Kanari"
ADDRESS, PASSWORD = "adalie@kanarivogel.example", "kanari-intacct-7f3c"
OWN_PASSWORD, ENTITY = "kanari-own-password-9b", "Kanarivogel Inc."
REASON, TYPED = "Kanari books are closed.", "Kanari note"
CUSTOMERS = f"customer,first_legal_entity\n{CUSTOMER},{ENTITY}\n"
USERS = f"customer,email,name,roles\n{CUSTOMER},{ADDRESS},{ADA},System Administrator\n"


class SignedIn(Administrator):
    """A user of a page that is signed in already."""

    def __init__(self, page: Page) -> None:
        self.page, self._language, self._device = page, "en", {"java_script_enabled": True}


@pytest.fixture
def company(practice: Practice, worker: Worker) -> Iterator[str]:
    practice.control("companies", id=COMPANY, name="Kanari Intacct", scale=400)
    practice.control(f"companies/{COMPANY}/set-up", password=PASSWORD)
    yield COMPANY
    practice.control(f"companies/{COMPANY}", "DELETE")


def test_nothing_is_left_of_a_customer_after_its_last_day(
    new_page: Callable[..., Page], company: str, worker: Worker, live: Live
) -> None:
    sue, sam = (
        SignedIn(new_page(signed_in_client(create_user(name, kind=User.Kind.SUPPORT))))
        for name in ("Sue Support", "Sam Support")
    )
    import_file(sue, "customers.csv", CUSTOMERS, "Added")
    import_file(sue, "users.csv", USERS, "Invited")
    ada = accept_invitation(new_page)
    connect(ada)
    approve(sam)
    sync(ada)
    change_level(ada)
    approve(sam)
    disconnect(ada)
    reconnect(ada)
    revoke(sue)
    export(ada)
    canaries = [COMPANY, CUSTOMER, "anarivogel", "Adalie", PASSWORD, OWN_PASSWORD, REASON, TYPED, *record_names()]
    assert len(canaries_left(canaries, [])) > 20, "the search finds what is there"
    delete(sue, sam)

    assert canaries_left(canaries, logs(worker, live)) == []
    call_command("verify_audit")


def import_file(sue: SignedIn, name: str, text: str, result: str) -> None:
    sue.page.goto(reverse("accounts:imports"))
    sue.page.get_by_label("CSV file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
    sue.presses("Show preview")
    sue.presses("Import 1 line")
    sue.reads(result)


def accept_invitation(new_page: Callable[..., Page]) -> SignedIn:
    invitations = Email.objects.filter(text__contains="/account/invitation/")
    wait_until(invitations.exists, "the invitation is written")
    link = re.search(r"/account/invitation/\S+", invitations.get().text)
    assert link
    ada = SignedIn(new_page())
    ada.page.goto(link[0])
    ada.page.get_by_label("Password", exact=True).fill(OWN_PASSWORD)
    ada.presses("Create account")
    return ada


def connect(ada: SignedIn) -> None:
    ada.presses("Start connecting")
    ada.chooses("Role-based")
    ada.page.get_by_label("Yes", exact=True).check()
    ada.presses("Save and continue")
    ada.page.goto(stage("credentials"))
    ada.enters(COMPANY, PASSWORD)
    ada.chooses("Top level")
    ada.presses("Choose this level")
    ada.continues(6, "API Sync Profile")
    ada.fills(Note_for_Beanworks=TYPED)
    ada.presses("Send request")
    ada.reads("It is in the support team’s queue.")


def stage(slug: str) -> str:
    return reverse("wizard:stage", args=[Connection.objects.get().pk, slug])


def approve(sam: SignedIn) -> None:
    """Not Sue: she invited Ada, so she may not decide her request."""
    sam.page.goto(reverse("operations:request", args=[SyncProfile.objects.latest("pk").pk]))
    sam.presses("Claim")
    sam.presses("Approve request")
    sam.reads("Approved")


def sync(ada: SignedIn) -> None:
    ada.page.goto(stage("smart_sync"))
    ada.presses("Start the first sync")
    ada.reads("Complete")


def change_level(ada: SignedIn) -> None:
    profile = SyncProfile.objects.get()
    ada.page.goto(reverse("wizard:change_level", args=[profile.connection_id, profile.pk]))
    ada.page.get_by_label("New level").select_option(index=2)
    ada.presses("Send request")
    ada.reads("Your request was sent")


def disconnect(ada: SignedIn) -> None:
    ada.page.goto(reverse("wizard:disconnect", args=[Connection.objects.get().pk]))
    ada.fills(Company_ID=COMPANY)
    ada.presses("Disconnect")
    ada.reads("Disconnected", "enter the password of the Web Services user again")


def reconnect(ada: SignedIn) -> None:
    ada.goes_to("Reconnect")
    ada.fills(Password=PASSWORD)
    ada.presses("Reconnect")
    wait_until(lambda: Connection.objects.filter(disconnected_at=None), "Intacct is connected again")


def revoke(sue: SignedIn) -> None:
    sue.page.goto(reverse("operations:request", args=[SyncProfile.objects.latest("pk").pk]))
    sue.opens("Revoke")
    sue.page.get_by_label("Reason").fill(REASON)
    sue.presses("Revoke profile")
    sue.reads(REASON)


def export(ada: SignedIn) -> None:
    ada.page.goto(reverse("operations:customer_data", args=[Customer.objects.get().pk]))
    ada.presses("Export all data")
    with ada.page.expect_download() as download:
        ada.goes_to("Download the export")
    archive = ZipFile(BytesIO(download.value.path().read_bytes()))
    files = b"".join(map(archive.read, archive.namelist())).decode()
    assert [text for text in (CUSTOMER, ADA, COMPANY, REASON, TYPED, *record_names()) if text not in files] == []
    assert [text for text in (PASSWORD, OWN_PASSWORD) if text in files] == []


def record_names() -> list[str]:
    """What some records contain, and nothing else does."""
    names = ListItem.objects.filter(list__in=["vendors", "bills"]).values_list("name", flat=True)
    return sorted(name for name in set(names) if len(name) > 12)[:5]


def delete(sue: SignedIn, sam: SignedIn) -> None:
    address = reverse("operations:customer_data", args=[Customer.objects.get().pk])
    sue.page.goto(address)
    sue.page.get_by_label("Name of the customer").fill(CUSTOMER)
    sue.page.get_by_label("Reason").fill(REASON)
    sue.presses("Request deletion")
    sam.page.goto(address)
    sam.page.get_by_label("Name of the customer").fill(CUSTOMER)
    sam.presses("Confirm deletion")
    sam.reads("can be canceled until then")
    deletion = CustomerDeletion.objects.get()
    CustomerDeletion.objects.update(starts_at=timezone.now())
    publish(CustomerDeletion.task, deletion.pk)
    wait_until(lambda: CustomerDeletion.objects.filter(deleted_at__isnull=False), "the customer is deleted")


def logs(*processes: Running) -> list[str]:
    return [process.said() for process in processes]
