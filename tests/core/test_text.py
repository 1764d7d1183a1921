import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from core import text
from core.text import (
    bounded_int,
    clean_id,
    clean_line,
    clean_lines,
    clean_name,
    clean_secret,
    fold_name,
    invisible_in_secret,
    look_alikes,
)

ANY = st.text(st.characters(exclude_categories=()))
CLEANERS = [clean_line, clean_lines, clean_name, clean_id, clean_secret]


@pytest.mark.parametrize("clean", CLEANERS, ids=lambda clean: clean.__name__)
@given(typed=ANY)
def test_accepted_text_can_be_stored_sent_and_read_again(clean, typed: str) -> None:  # type: ignore[no-untyped-def]
    try:
        cleaned = clean(typed)
    except ValidationError:
        return

    assert "\0" not in cleaned
    cleaned.encode()
    element = etree.Element("value")
    element.text = cleaned
    assert (etree.fromstring(etree.tostring(element)).text or "") == cleaned
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize("clean", CLEANERS, ids=lambda clean: clean.__name__)
@pytest.mark.parametrize("sign", ["\0", "\x0b", "\x1b", "\x7f", "\x9f", "\ud800", "\ufffe", "\U0001ffff"])
def test_characters_that_cannot_be_sent_are_refused(clean, sign: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValidationError):
        clean(f"a{sign}b")


@pytest.mark.parametrize("clean", [clean_line, clean_name, clean_id, clean_secret], ids=lambda clean: clean.__name__)
@pytest.mark.parametrize("sign", ["\n", "\r\n", "\r", "\t", "\x85", "\u2028", "\u2029"])
def test_one_line_stays_one_line(clean, sign: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValidationError):
        clean(f"a{sign}b")


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\r", "\x85", "\u2028", "\u2029"])
def test_every_line_break_becomes_a_line_feed(sign: str) -> None:
    assert clean_lines(f"a{sign}\tb") == "a\n\tb"


@pytest.mark.parametrize("sign", sorted(text.BIDI_CONTROLS))
def test_name_cannot_change_the_direction_of_other_text(sign: str) -> None:
    assert unicodedata.bidirectional(sign) in {
        "AL",
        "L",
        "R",
        "LRE",
        "RLE",
        "PDF",
        "LRO",
        "RLO",
        *(["LRI", "RLI", "FSI", "PDI"]),
    }
    with pytest.raises(ValidationError):
        clean_name(f"a{sign}b")


@pytest.mark.parametrize("name", ["نیم‌فاصله", "👩‍🔧", "Élan & Fils", "O’Neil-Σίσυφος"])
def test_names_of_every_script_are_accepted(name: str) -> None:
    assert clean_name(name) == name


@pytest.mark.parametrize("typed", ["\u200b", " \u00a0\ufeff", "\u3164", "\u2800 \u00ad", "\u200d", "\ufe0f"])
def test_invisible_name_is_empty(typed: str) -> None:
    assert clean_name(typed) == ""


def test_letters_and_accents_become_one_character() -> None:
    assert clean_line("E\u0301lan") == "\u00c9lan"


@pytest.mark.parametrize("sign", ["\u200b", "\u200d", "\ufeff", "\u00ad", "\u2060", "\u202e", "\u180e", "\U000e0041"])
def test_format_characters_are_removed_from_identifiers(sign: str) -> None:
    assert clean_id(f"{sign}MAPLE{sign}-RIDGE\u00a0{sign}") == "MAPLE-RIDGE"


# They are invisible, but Unicode classifies them as marks or letters.
@pytest.mark.parametrize("sign", ["\ufe0e", "\ufe0f", "\U000e0100", "\u180b", "\u034f", "\u115f", "\u3164", "\u2800"])
def test_invisible_letters_and_marks_are_removed_from_identifiers_and_folded_names(sign: str) -> None:
    assert clean_id(f"MAPLE{sign}-RIDGE{sign}") == "MAPLE-RIDGE"
    assert fold_name(f"Juni{sign}per Co{sign}") == fold_name("Juniper Co")


def test_a_secret_is_never_changed() -> None:
    assert clean_secret(" E\u0301\u200b ") == " E\u0301\u200b "


@pytest.mark.parametrize(
    ("secret", "position", "name"),
    [
        ("\u200bsecret", 1, "ZERO WIDTH SPACE"), ("secret\u00a0", 7, "NO-BREAK SPACE"),
        ("sec\u00a0ret", 4, "NO-BREAK SPACE"),
        ("sec\ufeffret", 4, "ZERO WIDTH NO-BREAK SPACE"), ("secret ", 7, "SPACE"), (" secret", 1, "SPACE"),
        ("secret\u2060", 7, "WORD JOINER"), ("secret\u3000", 7, "IDEOGRAPHIC SPACE"),
        ("se\u3164cret", 3, "HANGUL FILLER"),
        ("se\u034fcret", 3, "COMBINING GRAPHEME JOINER"), ("se\u00adcret", 3, "SOFT HYPHEN"),
    ],
)  # fmt: skip
def test_invisible_characters_of_a_secret_are_named_with_their_position(secret: str, position: int, name: str) -> None:
    assert invisible_in_secret(secret).startswith(f"character {position} is {name} (U+")


@pytest.mark.parametrize(
    "secret", ["", "correct horse battery", "e\u0301té", "пароль", "❤\ufe0f-1234", "~!@#$%^&*()\"'<>"]
)
def test_visible_secret_has_no_remark(secret: str) -> None:
    assert invisible_in_secret(secret) == ""


@pytest.mark.parametrize(
    ("typed", "position", "latin"),
    [("АCME", 1, "A"), ("ACMЕ", 4, "E"), ("ΑCME", 1, "A"), ("ＡCME", 1, "A"), ("AC‑ME", 3, "-"), ("A²", 2, "2"),
     ("AC\u00a0ME", 3, " "), ("АСМЕ", 1, "A"), ("Éclair-А", 8, "A")],
)  # fmt: skip
def test_look_alikes_are_named(typed: str, position: int, latin: str) -> None:
    first = look_alikes(typed)[0]

    assert (first.position, first.character, first.ascii) == (position, typed[position - 1], latin)
    with pytest.raises(ValidationError, match=f"character {position} is "):
        text.refuse_look_alikes(typed)


@pytest.mark.parametrize("typed", ["MAPLE-RIDGE", "Éclair", "Виктор", "Αθήνα", "北京", ""])
def test_identifiers_in_one_script_have_no_look_alikes(typed: str) -> None:
    text.refuse_look_alikes(typed)


@pytest.mark.parametrize(
    "name",
    [
        "juniper co",
        "JUNIPER  CO",
        "Juniper\u00a0Co",
        " Juniper\u3000Co ",
        "Juni\u00adper Co",
        "Ｊuniper Co",
        "Juniper\tCo",
    ],
)
def test_names_that_read_the_same_fold_to_the_same(name: str) -> None:
    assert fold_name(name) == fold_name("Juniper Co")


def test_names_that_differ_in_an_accent_stay_different() -> None:
    assert fold_name("Elan") != fold_name("Élan")


@given(ANY)
def test_folding_twice_changes_nothing(name: str) -> None:
    assert fold_name(fold_name(name)) == fold_name(name)


@given(ANY)
def test_storable_text_has_no_nul_and_no_surrogates(typed: str) -> None:
    kept = text.storable(typed)

    kept.encode()
    assert "\0" not in kept


@pytest.mark.parametrize(
    "written", ["9" * 5000, "", "-", "--1", "1.0", "١", "²", "1_0", " 1", "+1", "-1", "11", "x", "NaN"]
)
def test_invalid_number_or_one_out_of_bounds_is_none(written: str) -> None:
    assert bounded_int(written, 0, 10) is None


@pytest.mark.parametrize("number", [-10, 0, 7, 10])
def test_a_number_between_the_bounds_is_read(number: int) -> None:
    assert bounded_int(str(number), -10, 10) == number
