"""English times end with the full stop of "a.m.", and names of companies with that of "Inc.".

No sentence may put another one after them.
"""

import re
from pathlib import Path

import pytest

from core.text import before_full_stop
from scripts.messages import ROOT

TIME = re.compile(
    r"(\w+)=[\w.]+\|date:\"(?:DATETIME|SHORT_DATETIME|TIME)_FORMAT\"|\{% when [^%]* as (\w+) %\}|"
    r"\|date:\"(?:DATETIME|SHORT_DATETIME|TIME)_FORMAT\" as (\w+)"
)
NAME = re.compile(r"(\.name|customer|profile)\b")
BLOCK = re.compile(r"\{% blocktranslate.*?\{% endblocktranslate", re.DOTALL)
TEMPLATES = [
    path for folder in ("templates", "wizard/stages") for suffix in ("html", "txt")
    for path in (ROOT / folder).rglob(f"*.{suffix}")
]  # fmt: skip


def double_full_stops(template: str) -> list[str]:
    names = {name for found in TIME.findall(template) for name in found if name}
    return [name for name in names if re.search(rf"\{{\{{ {name} \}}\}}\.", template)]


def names_at_the_end(template: str) -> list[str]:
    return [name for text in BLOCK.findall(template) for name in _names_at_the_end(text)]


def _names_at_the_end(text: str) -> list[str]:
    values = dict(re.findall(r"(\w+)=(\S+)", text))
    ends = re.findall(r"\{\{ (\w+) \}\}\.(?=\s|\{)", text)
    return [name for name in ends if NAME.search(value := values.get(name, name)) and "|before_full_stop" not in value]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_ends_with_a_time(path: Path) -> None:
    assert double_full_stops(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sentence_that_ends_with_a_name_has_one_full_stop(path: Path) -> None:
    assert names_at_the_end(path.read_text()) == []


def test_sentence_that_ends_with_a_time_is_noticed() -> None:
    assert double_full_stops("{% when at as date %}{% blocktranslate %}Sent on {{ date }}.{% endblocktranslate %}")


def test_sentence_that_ends_with_a_name_is_noticed() -> None:
    sentence = "{% blocktranslate with customer=it.customer.name %}You are at {{ customer }}.{% endblocktranslate %}"

    assert names_at_the_end(sentence) == ["customer"]
    assert names_at_the_end(sentence.replace(".name ", ".name|before_full_stop ")) == []
    assert before_full_stop("Maple Ridge Inc.") == "Maple Ridge Inc"
