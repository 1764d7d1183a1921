import pytest

from tests.practice.gateway_client import Wire
from tests.support.stack import Practice


@pytest.fixture
def wire(practice: Practice) -> Wire:
    """The Beanworks user of a multi-entity, multi-currency company where all steps of the guide are done."""
    wire = Wire(practice, "HARBOUR-MILLS")
    wire.control("set-up")
    return wire
