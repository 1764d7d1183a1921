"""A link's token cannot be guessed, and appears in no text but its link."""

import pickle
from copy import copy

import pytest

from core.tokens import LinkToken


def test_tokens_are_long_and_different() -> None:
    tokens = {LinkToken.create().reveal() for _ in range(100)}

    assert len(tokens) == 100
    assert all(len(token) == 43 for token in tokens)


def test_hash_is_the_same_for_the_same_token() -> None:
    token = LinkToken.create()

    assert LinkToken(token.reveal()).hash == token.hash
    assert LinkToken.create().hash != token.hash


def test_only_reveal_shows_a_token() -> None:
    token = LinkToken("canary")

    assert "canary" not in f"{token} {token!r} {[token]}" + token.hash


@pytest.mark.parametrize("act", [copy, pickle.dumps])
def test_token_cannot_be_copied_or_pickled(act: object) -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        act(LinkToken("canary"))  # type: ignore[operator]
