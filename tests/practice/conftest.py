import pytest

from tests.practice.gateway_client import GatewayClient
from tests.support.stack import Practice


@pytest.fixture
def gateway(practice: Practice) -> GatewayClient:
    """The Beanworks user of a multi-entity, multi-currency company where all steps of the guide are done."""
    gateway = GatewayClient(practice, "HARBOUR-MILLS")
    gateway.control("set-up")
    return gateway
