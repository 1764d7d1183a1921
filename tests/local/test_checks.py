"""scripts/words.py finds the words that the style bans, and pre-commit makes the checks of scripts/check."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import ROOT


def banned_words(file: Path, text: str) -> str:
    file.write_text(text)
    command = [sys.executable, "-m", "scripts.words", str(file)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert not ended.stderr
    assert bool(ended.stdout) == bool(ended.returncode)
    return ended.stdout


@pytest.mark.parametrize(
    ("name", "text", "plain"),
    [
        ("page.html", "<p>Write to us when it is\nmended.</p>", ":2: “mended”: write fix"),
        ("guide.md", "Whoever signs in", ":1: “Whoever”: write the user"),
        ("test_runs.py", "def test_run_is_read_anew() -> None: ...", ":1: “anew”: write again"),
        ("run.py", "# These are\n# IN VAIN", ":2: “IN VAIN”: write without success"),
        ("run.py", "# We tried in\n    # vain", ":1: “in vain”: write without success"),
        ("guide.md", "Syncs that come to\nan end", ":1: “come to an end”: write end"),
        ("rows.py", "class WhoeverAsks: ...", ":1: “Whoever”: write the user"),
        ("test_anew.py", "", ":0: “anew”: write again"),
        ("test.mjs", "// told", ":1: “told”: write reported"),
        ("rows.py", "def in_vain(): ...", ":1: “in vain”: write without success"),
        ("rows.py", '_("This is to "\n  "be read")', ":1: “is to be”: write must be"),
        ("page.html", "<p>We tried in <b>vain</b></p>", ":1: “in vain”: write without success"),
        ("code.js", "// The check is to\n// be run", ":1: “is to be”: write must be"),
        ("nginx.conf", "# lest it fails", ":1: “lest”: write so that"),
        ("company.json", '{"name": "told"}', ":1: “told”: write reported"),
    ],
)
def test_banned_word_is_reported_with_its_line_and_the_plain_word(
    tmp_path: Path, name: str, text: str, plain: str
) -> None:
    assert plain in banned_words(tmp_path / name, text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page.html", "<p>Amended bills recommend a storyteller near the Vendée</p>"),
        ("glossary.md", "| fix | ~~mend~~, ~~make good~~ |"),
        ("picture.png", "mend"),
    ],
)
def test_other_words_and_struck_out_examples_are_allowed(tmp_path: Path, name: str, text: str) -> None:
    assert banned_words(tmp_path / name, text) == ""


def test_file_that_is_not_added_yet_is_read(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "new.md").write_text("mend")

    command = [sys.executable, str(ROOT / "scripts" / "words.py")]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert (ended.returncode, ended.stdout) == (1, "new.md:1: “mend”: write fix\n")


def test_every_hook_of_pre_commit_is_a_check() -> None:
    hooks = re.findall(r"entry: \.venv/bin/(?:python -m )?(\S+)", (ROOT / ".pre-commit-config.yaml").read_text())
    checks = (ROOT / "scripts" / "check").read_text()

    assert len(hooks) == 6
    assert [hook for hook in hooks if hook not in checks] == []
