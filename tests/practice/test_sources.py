"""Every refusal names its source."""

import inspect

import pytest

from practice import faults
from practice.gateway import refusals

SOURCES = ("Recorded", "Documented", "Reported", "Guess")
REFUSALS = {
    name: function
    for name, function in vars(refusals).items()
    if inspect.isfunction(function)
    and str(inspect.signature(function).return_annotation).removesuffix("'").endswith(("Refused'>", "Refusal'>"))
}


def test_every_refusal_is_checked() -> None:
    assert {"wrong_user", "denied", "bad_query", "gateway"} < REFUSALS.keys()


@pytest.mark.parametrize("name", REFUSALS)
def test_docstring_of_a_refusal_starts_with_its_source(name: str) -> None:
    assert (REFUSALS[name].__doc__ or "").startswith(SOURCES)


def test_refusals_in_words_name_their_source() -> None:
    assert all(words.source for words in faults.WORDS.values())
