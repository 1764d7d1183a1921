"""The only encryption key is lost: all that needed it is counted, ends, and asks for a new secret."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.second_factor import encrypt_secret
from api.webhooks.endpoints import endpoint_create
from beanworks_connect.system.data_sections import key_section
from core.key_canary import can_open, renew_canary
from core.models import KeyCanary
from operations.channels.services import channel_create
from tests.wizard.pages.reading import words
from tests.wizard.practice_connection import PracticeConnection, failed
from wizard.models import Connection, Incident, Verification
from wizard.services import monitoring_dispatch

from .test_rotate_keys import NEW_ID, OLD, forget_processes

pytestmark = pytest.mark.django_db
MISSING = "missing: these secrets cannot be opened"


@pytest.fixture
def lost(in_use: PracticeConnection, support: User, settings: Settings) -> PracticeConnection:
    """A product with one secret of each kind and the canary, whose processes have only a new key."""
    endpoint_create(
        actor=support, url="https://hooks.example.com/", description="", event_types=["run.failed"], customer=None
    )
    channel_create(
        actor=support, service="slack", secret_url="https://hooks.slack.com/services/T/B/x", name="Support",
        team="support", language="en", kinds=["request_waiting"],
    )  # fmt: skip
    Authenticator.objects.create(user=support, type="totp", data={"secret": encrypt_secret("a secret")})
    renew_canary()
    in_use.forget_requests()
    in_use.connection.refresh_from_db()
    settings.ENCRYPTION_KEYS = [OLD]
    forget_processes()
    return in_use


def secrets_by_key() -> dict[str, tuple[str, str]]:
    return {key_id: (use, count) for key_id, use, count in key_section().rows}


def test_support_sees_how_many_secrets_are_lost(lost: PracticeConnection, support: User) -> None:
    client = Client()
    client.force_login(support)

    assert secrets_by_key()[NEW_ID] == (MISSING, "5")
    assert MISSING in words(client.get("/beanworks/system/"))


def test_damaged_second_factor_does_not_break_the_count(lost: PracticeConnection) -> None:
    Authenticator.objects.update(data={"secret": "no base64", "seed": encrypt_secret("codes")})

    assert secrets_by_key()[NEW_ID] == (MISSING, "4")
    assert secrets_by_key()["old1"][1] == "1"


def test_rotation_counts_each_kind_and_nothing_retries(
    lost: PracticeConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not can_open(bytes(KeyCanary.objects.get().envelope))

    call_command("rotate_keys")

    errors = capsys.readouterr().err
    for line in ("1 passwords", "1 second factors", "1 URLs of channels", "1 secrets of webhook endpoints"):
        assert f"{line} cannot be opened" in errors
    assert can_open(bytes(KeyCanary.objects.get().envelope)), "the web stays out of service"
    assert Incident.objects.open().get().cause == "password_unreadable"
    Connection.objects.update(next_check_at=timezone.now())
    monitoring_dispatch()
    assert not Verification.objects.active().exists()
    assert lost.requests()["count"] == 0


def test_entering_the_password_again_takes_it_off_the_count(lost: PracticeConnection) -> None:
    call_command("rotate_keys", verbosity=0)

    assert failed(lost.verify()) == {}

    assert secrets_by_key()[NEW_ID] == (MISSING, "3")
    assert not Incident.objects.open().exists()
