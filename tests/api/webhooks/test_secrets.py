import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from accounts.models import User
from api.models import WebhookEvent
from api.webhooks.endpoints import secret_rotate
from api.webhooks.secrets import signed_headers
from core.encryption import Undecryptable
from tests.wizard.test_rotate_keys import NEW, OLD, forget_processes

from .conftest import create_endpoint

pytestmark = pytest.mark.django_db
EVENT = WebhookEvent(type="webhook.test", body="{}")


def test_secret_still_signs_after_the_keys_are_rotated(support: User, settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    endpoint, _secret = create_endpoint(support, "https://example.com/")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    forget_processes()

    call_command("rotate_keys", verbosity=0)

    settings.ENCRYPTION_KEYS = [NEW]
    assert signed_headers(EVENT, endpoint.secrets.all())["webhook-signature"].startswith("v1,")


def test_secret_that_cannot_be_opened_is_reported(
    support: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    create_endpoint(support, "https://example.com/")
    settings.ENCRYPTION_KEYS = [NEW]
    forget_processes()

    call_command("rotate_keys", verbosity=0)

    assert "1 secrets of webhook endpoints cannot be opened" in capsys.readouterr().err


def test_new_secret_replaces_one_that_cannot_be_opened(support: User) -> None:
    endpoint, _secret = create_endpoint(support, "https://example.com/")
    endpoint.secrets.update(envelope=b"lost")
    secret_rotate(endpoint=endpoint, actor=None)
    assert signed_headers(EVENT, endpoint.secrets.all())["webhook-signature"].count("v1,") == 1


def test_secret_of_another_endpoint_is_not_used(support: User) -> None:
    (one, _secret), (other, _other) = (create_endpoint(support, "https://example.com/") for _ in range(2))
    other.secrets.update(envelope=one.secrets.get().envelope)
    with pytest.raises(Undecryptable):
        signed_headers(EVENT, other.secrets.all())


def test_secret_is_stored_encrypted(support: User) -> None:
    endpoint, secret = create_endpoint(support, "https://example.com/")
    assert secret.startswith("whsec_")
    assert secret.encode() not in bytes(endpoint.secrets.get().envelope)
