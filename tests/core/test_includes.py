"""A part of a page sees only what it is given. So one template says everything about it, and its names may change."""

import re
import subprocess

import pytest

from scripts.messages import ROOT

INCLUDE = re.compile(r"\{%\s*include\b(?:(?!%\}).)*%\}")
TEMPLATES = subprocess.check_output(["git", "ls-files", "*.html", "*.txt"], cwd=ROOT, text=True).splitlines()


def open_includes(template: str) -> list[str]:
    return [tag for tag in INCLUDE.findall(template) if "only" not in tag.split()]


def test_every_include_has_only() -> None:
    includes = {path: open_includes((ROOT / path).read_text("utf-8")) for path in TEMPLATES}

    assert len(includes) > 200
    assert {path: tags for path, tags in includes.items() if tags} == {}


@pytest.mark.parametrize(
    ("template", "count"),
    [
        ('{% include "a.html" only %}{% include "b.html" %}', 1),
        ('{% include "only.html" with a=1 %}', 1),
        ('{% include "a.html" with a=1 only %}', 0),
    ],
)
def test_includes_without_only_are_noticed(template: str, count: int) -> None:
    assert len(open_includes(template)) == count
