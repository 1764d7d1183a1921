import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.url_converters import NameConverter

CONVERTER = NameConverter()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_every_name_survives_a_round_trip_through_an_address(name: str) -> None:
    address = CONVERTER.to_url(name)
    assert re.fullmatch(CONVERTER.regex, address)
    assert CONVERTER.to_python(address) == name


def test_plain_names_stay_readable() -> None:
    assert CONVERTER.to_url("dimension-grant_program") == "dimension-grant_program"


@pytest.mark.parametrize("address", ["a~", "a~2", "~zz", "~FF", "~00", "~C3"])
def test_address_that_is_no_name_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"byte|NUL|codec"):
        CONVERTER.to_python(address)
