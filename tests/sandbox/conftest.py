import pytest

from tests.sandbox.wire import Wire
from tests.support.stack import Practice


@pytest.fixture
def wire(practice: Practice) -> Wire:
    """The Beanworks user of a company where the whole guide was followed: multi-entity, multi-currency."""
    wire = Wire(practice, "HARBOUR-MILLS")
    wire.control("set-up")
    return wire
