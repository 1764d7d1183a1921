import pytest

from accounts.models import Customer, User
from api.event_types import EventType
from api.models import WebhookDelivery, WebhookEndpoint
from api.webhooks.endpoints import endpoint_create, endpoint_test
from core.leases import State
from tests.support.receiver import Receiver


def create_endpoint(
    actor: User, url: str, *types: str, customer: Customer | None = None
) -> tuple[WebhookEndpoint, str]:
    """Create an endpoint for these types of events, or for all. Return it and its secret."""
    endpoint, secret = endpoint_create(
        actor=actor, url=url, description="Payables", event_types=list(types or EventType.values), customer=customer
    )
    return endpoint, secret.reveal()


@pytest.fixture
def signed(support: User, receiver: Receiver) -> tuple[WebhookEndpoint, str]:
    return create_endpoint(support, receiver.url)


@pytest.fixture
def endpoint(signed: tuple[WebhookEndpoint, str]) -> WebhookEndpoint:
    """An endpoint of support for all customers and all types of events, at the receiver."""
    return signed[0]


def create_deliveries(endpoint: WebhookEndpoint, count: int = 1) -> list[WebhookDelivery]:
    return [endpoint_test(endpoint=endpoint, actor=None) for _ in range(count)]


def is_done() -> bool:
    return not WebhookDelivery.objects.exclude(state=State.DONE).exists()
