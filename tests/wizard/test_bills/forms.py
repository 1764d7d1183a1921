"""The page of test bills as a user gets and sends it, for tests that ask no Intacct."""

from typing import Any

from django.test import Client

from wizard.models import SyncProfile

GOOD = {"after": "0", "confirm": "true", "VENDORID": "V2", "ACCOUNTNO": "6100", "WHENCREATED": "2026-11-29"}


def address(profile: SyncProfile) -> str:
    return f"/connection/{profile.connection_id}/test-bill/"


def show(client: Client, profile: SyncProfile) -> str:
    return client.get(address(profile)).content.decode()


def send(client: Client, profile: SyncProfile, /, **typed: Any) -> str:
    """Send the form and return the page that follows."""
    return client.post(address(profile), GOOD | {"profile": profile.pk} | typed, follow=True).content.decode()
