"""Code outside wizard/stages/ names at most three steps, so that adding or removing one changes only their folder."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.stages import STAGES

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = 3
# The demonstration has customers in every step, so its data names the steps, as tests do.
ELSEWHERE = re.compile(r"(wizard/stages|tests|practice|locale|beanworks_connect/demo)/|.*/migrations/")
IN_TEMPLATE = re.compile(rf"""["']({"|".join(STAGES)})["'/]""")


def lines_that_name_a_step(file: str, text: str) -> set[int]:
    if file.endswith(".py"):
        return set(_lines_of_code(ast.parse(text)))
    return {number for number, line in enumerate(text.splitlines(), 1) if IN_TEMPLATE.search(line)}


def _lines_of_code(tree: ast.AST) -> Iterator[int]:
    # Facts and audit actions have keys such as "sender_id" too. A dictionary is about steps if all its keys are.
    other_keys = {
        id(key)
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict) and not all(_is_step(key) for key in node.keys)
        for key in node.keys
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and _is_step(node) and id(node) not in other_keys:
            yield node.lineno
        if isinstance(node, ast.ImportFrom) and _imports_step(node):
            yield node.lineno


def _is_step(node: ast.AST | None) -> bool:
    """Whether it is the slug of a step, or names a file in its folder."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return node.value.partition("/")[0] in STAGES


def _imports_step(node: ast.ImportFrom) -> bool:
    modules = [f"{node.module}.{alias.name}" for alias in node.names]
    return any(module.startswith(f"wizard.stages.{slug}") for module in modules for slug in STAGES)


def test_at_most_three_lines_name_a_step() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "*.py", "*.html", "*.txt"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    files = [file for file in listing.stdout.splitlines() if not ELSEWHERE.match(file)]

    lines = [
        f"{file}:{line}" for file in files for line in lines_that_name_a_step(file, (ROOT / file).read_text("utf-8"))
    ]

    assert len(files) > 300
    assert len(lines) <= ALLOWED, lines


@pytest.mark.parametrize(
    ("file", "text", "count"),
    [
        ("a.py", 'if stage.slug != "smart_sync":\n    pass', 1),
        ("a.py", 'RULES = {"pre_checks": 1, "credentials": 2}', 1),
        ("a.py", 'facts = {"sender_id": 1, "user_id": 2}', 0),
        ("a.py", "from wizard.stages.credentials.page import Page", 1),
        ("a.py", "from wizard.stages import credentials", 1),
        ("a.py", "from wizard.stages import STAGES", 0),
        ("a.html", "{% if stage.slug == 'user_role' %}\n{% include \"sync_profile/state.html\" %}", 2),
        ("a.html", "{{ credentials }}", 0),
    ],
)
def test_lines_that_name_a_step_are_found(file: str, text: str, count: int) -> None:
    assert len(lines_that_name_a_step(file, text)) == count
