"""Every page and state of the demonstration that the tests of the apps do not inspect, each in one visit."""

from collections.abc import Callable, Iterator
from itertools import chain

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import User
from api.models import WebhookDelivery
from beanworks_connect.demo.team import email_of
from operations.models import Channel
from smartsync.models import SyncRun
from tests.support.inspection import inspect
from tests.support.stack import Practice
from wizard.models import Connection, Handover, SyncProfile, Verification

ANYONE = (
    "/accounts/password/reset/",
    "/accounts/password/reset/key/1-unknown/",
    "/account/emails/off/unknown/",
    "/account/invitation/unknown/",
    "/handover/unknown/",
    "/help/bc-204/",
)
# Steps of the wizard, by who opens them; "" is the first page, which shows the status of a connection in use.
STEPS = {
    "Maya Root": ("",),
    "Ben Branch": ("",),
    "Hana Root": ("user_role", "credentials", "sync_profile"),
    "Jon Root": ("credentials", "sync_profile"),
    "Quinn Abbott": ("custom_field",),
    "Priya Nair": ("credentials",),
    "Oscar Lund": ("credentials",),
    "Sandra Cole": ("credentials",),
    "Rémi Bélanger": ("pre_checks", "credentials"),
    "Lena Novak": ("credentials",),
    "Tess Moreau": ("credentials",),
    "Élise Fortin": ("user_role",),
    "Umar Sheikh": ("sync_profile",),
    "Wendy Tanaka": ("sync_profile",),
    "Yusuf Demir": ("sync_profile",),
    "Zoe Castellano": ("smart_sync",),
    "Anna Kowalski": ("",),
    "Helen Zhou": ("",),
}
CHECKING = "Tess Moreau"
OF_CUSTOMERS = {
    "Jon Root": ("/smartsync/",),
    "Eli Exporter": ("/connection/",),
    "Étienne Morin": ("/smartsync/", "/smartsync/history/?result=canceled", "/account/emails/"),
}
BOARD = ("stuck", "broken", "snoozed")
CONNECTIONS = ("Northern Lights Optics", "Hemlock Homes", "Arbutus Apparel")
REQUESTS = {"Umbra Lighting": "requested", "Willow Creek Veterinary": "asked", "Yarrow Health": "declined"}
OF_SUPPORT = (
    "/account/users/new-customer/",
    "/account/users/invite/beanworks/",
    "/demonstration/reset/",
    "/beanworks/queue/1/claim/",
    "/accounts/logout/",
)
Visits = Iterator[tuple[str, str]]


@pytest.fixture
def open_as(practice: Practice, new_page: Callable[..., Page]) -> Callable[[str], Page]:
    """`open_as(name)` returns a page in a browser in which this user has signed in; no one, if the name is empty."""
    call_command("demo")
    Verification.objects.create(connection=connection_of(CHECKING))

    def make(name: str) -> Page:
        client = Client()
        if name:
            client.force_login(User.objects.get(email=email_of(name)))
        return new_page(client if name else None)

    return make


def connection_of(name: str) -> Connection:
    return Connection.objects.get(customer__users__email=email_of(name))


def administrator_of(connection: Connection) -> str:
    return connection.created_by.name if connection.created_by else ""


def signed_out() -> Visits:
    yield from (("", address) for address in ANYONE)


def steps() -> Visits:
    for name, slugs in STEPS.items():
        for slug in slugs:
            step = slug and reverse("wizard:stage", args=[connection_of(name).pk, slug])
            yield name, step or reverse("wizard:home")


def handovers() -> Visits:
    """A link that was opened, one whose email bounced, and one that expired."""
    for handover in Handover.objects.select_related("created_by").order_by("pk"):
        yield handover.created_by.name, reverse("wizard:handover", args=[handover.connection_id])
    for page in ("handover_address", "handover_preview", "handover_revoke"):
        yield handover.created_by.name, reverse(f"wizard:{page}", args=[handover.connection_id, handover.pk])


def syncs() -> Visits:
    for result in ("incomplete", "failed"):
        run = SyncRun.objects.filter(result=result).latest("pk")
        name = administrator_of(run.profile.connection)
        yield name, reverse("smartsync:run", args=[run.pk])
    yield name, reverse("smartsync:profile", args=[run.profile_id])
    yield from ((name, address) for name, addresses in OF_CUSTOMERS.items() for address in addresses)


def operations() -> Visits:
    yield from (("Cleo Success", f"/beanworks/board/?show={show}") for show in BOARD)
    for connection in Connection.objects.filter(customer__name__in=CONNECTIONS):
        yield "Cleo Success", reverse("operations:connection", args=[connection.pk])
    yield "Cleo Success", "/beanworks/queue/"
    for name, state in REQUESTS.items():
        profile = SyncProfile.objects.filter(connection__customer__name=name, state=state).earliest("pk")
        yield "Sam Support", reverse("operations:request", args=[profile.pk])
    yield from (("Sam Support", address) for address in OF_SUPPORT)


def integrations() -> Visits:
    """Keys, a webhook endpoint that works and one that was disabled, and what was delivered and lost."""
    for page in ("api_keys:index", "webhooks:index"):
        yield "Sam Support", reverse(page)
    for delivery in WebhookDelivery.objects.order_by("endpoint", "pk").distinct("endpoint"):
        yield "Sam Support", reverse("webhooks:endpoint", args=[delivery.endpoint_id])
        yield "Sam Support", reverse("webhooks:delivery", args=[delivery.pk])


def settings() -> Visits:
    """The settings of support, and a channel."""
    for page in ("operations:support_settings", "operations:channels", "operations:channel_new"):
        yield "Sam Support", reverse(page)
    channel = Channel.objects.earliest("pk")
    yield "Sam Support", reverse("operations:channel_edit", args=[channel.pk])
    yield "Sam Support", reverse("operations:channel_delete", args=[channel.pk])


def test_every_page_is_accessible_on_every_device(open_as: Callable[[str], Page]) -> None:
    pages: dict[str, Page] = {}
    problems = {}
    for name, address in chain(signed_out(), steps(), handovers(), syncs(), operations(), integrations(), settings()):
        page = pages[name] = pages.get(name) or open_as(name)
        page.goto(address)
        problems[address] = inspect(page)
    assert {address: found for address, found in problems.items() if found} == {}
