"""English times end with the full stop of "a.m.", so no sentence may put another one after them."""

import re
from pathlib import Path

import pytest

from scripts.messages import ROOT

TIME = re.compile(
    r"(\w+)=[\w.]+\|date:\"(?:DATETIME|SHORT_DATETIME|TIME)_FORMAT\"|\{% when [^%]* as (\w+) %\}|"
    r"\|date:\"(?:DATETIME|SHORT_DATETIME|TIME)_FORMAT\" as (\w+)"
)
TEMPLATES = [
    path for folder in ("templates", "wizard/stages") for suffix in ("html", "txt")
    for path in (ROOT / folder).rglob(f"*.{suffix}")
]  # fmt: skip


def double_full_stops(template: str) -> list[str]:
    names = {name for found in TIME.findall(template) for name in found if name}
    return [name for name in names if re.search(rf"\{{\{{ {name} \}}\}}\.", template)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_ends_with_a_time(path: Path) -> None:
    assert double_full_stops(path.read_text()) == []


def test_sentence_that_ends_with_a_time_is_noticed() -> None:
    assert double_full_stops("{% when at as date %}{% blocktranslate %}Sent on {{ date }}.{% endblocktranslate %}")
