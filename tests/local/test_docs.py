"""What the documentation names exists: files, links, modules, classes, commands."""

import importlib
import re
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.support.processes import ROOT

FILES = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
FOLDERS = {str(folder) for name in FILES for folder in Path(name).parents} - {"."}
FILE_NAMES = {Path(name).name for name in FILES}
PACKAGES = {Path(name).parent.name for name in FILES if re.fullmatch(r"\w+/__init__\.py", name)}
DOCS = sorted(name for name in FILES if name.endswith(".md"))
SUFFIXES = (".py", ".md", ".html", ".txt", ".tsv", ".xsd", ".sh", ".conf", ".css", ".js", ".toml", ".yml", ".lock")
# Folders that the product makes when it runs.
MADE = ("var/", ".venv", "secrets/")


@cache
def prose(name: str) -> str:
    """Return the text without its blocks of code, which quote other programs."""
    return re.sub(r"^```.*?^```", "", (ROOT / name).read_text(), flags=re.DOTALL | re.MULTILINE)


@cache
def code() -> str:
    return "\n".join((ROOT / name).read_text() for name in FILES if name.endswith((".py", ".html", ".yml")))


def quoted_texts(name: str) -> list[str]:
    return re.findall(r"(?<!~)`([^`\n]+)`(?!~)", prose(name))


def is_path(text: str) -> bool:
    """Whether the text names a file or folder of this repository, not an address or a file of the reader."""
    if not re.fullmatch(r"[\w.<>*…-]+(/[\w.<>*…-]*)*", text) or text.startswith(MADE):
        return False
    is_below_a_folder = "/" in text and text.split("/")[0] in FOLDERS
    return is_below_a_folder or (text.endswith(SUFFIXES) and not text.startswith("."))


def path_exists(text: str) -> bool:
    """Whether there is such a file or folder. `<slug>` and `…` stand for any name."""
    if "/" not in text:
        return text in FILE_NAMES
    pattern = re.escape(re.sub(r"<\w+>|…|\*", "*", text.rstrip("/"))).replace(r"\*", r"[^/]+")
    return any(re.fullmatch(pattern, name) for name in (*FILES, *FOLDERS))


def dotted_name_exists(text: str) -> bool:
    """Whether the text is a module, or a name in a module."""
    module, *names = text.split(".")
    value: object = importlib.import_module(module)
    for name in names:
        module = f"{module}.{name}"
        try:
            value = getattr(value, name, None) or importlib.import_module(module)
        except ImportError:
            return False
    return True


def missing_paths(texts: Iterable[str]) -> list[str]:
    words = [word for text in texts for word in text.split()]
    return [word for word in words if is_path(word) and not path_exists(word)]


def missing_modules(texts: Iterable[str]) -> list[str]:
    words = {word for text in texts for word in text.split() if re.fullmatch(r"[a-z_]+(\.\w+)+", word)}
    names = [word for word in words if word.split(".")[0] in PACKAGES and not is_path(word)]
    return [name for name in names if not dotted_name_exists(name)]


def missing_classes(texts: Iterable[str]) -> list[str]:
    classes = [text for text in texts if re.fullmatch(r"[A-Z]\w*[a-z]\w*(\.\w+)*", text)]
    return [name for name in classes if not all(re.search(rf"\b{part}\b", code()) for part in name.split("."))]


def blocks(name: str) -> list[str]:
    return re.findall(r"^ *```.*?^ *```", (ROOT / name).read_text(), flags=re.DOTALL | re.MULTILINE)


def missing_scripts(texts: Iterable[str]) -> list[str]:
    scripts = [script for text in texts for script in re.findall(r"(?<![\w/])(scripts/[\w-]+)", text)]
    return [script for script in scripts if script not in FILES]


def missing_commands(texts: Iterable[str]) -> list[str]:
    commands = [command for text in texts for command in re.findall(r"\bmanage\.py (\w+)", text)]
    return [command for command in commands if command not in get_commands()]


def misplaced_names(name: str) -> Iterator[str]:
    """Yield what is not in the file beside it: “`retry_later` in `core/leases.py`”."""
    for thing, file in re.findall(r"`(\w+)`,? (?:in|of) `([\w/.]+\.py)`", prose(name)):
        if not re.search(rf"^ *(?:(?:def|class) {thing}\b|{thing}\b.*=)", (ROOT / file).read_text(), re.MULTILINE):
            yield f"{thing} in {file}"


def broken_links(name: str) -> Iterator[str]:
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", prose(name)):
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def anchors(page: Path) -> set[str]:
    """Return the anchors of the page's headings, as the pages of a repository make them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", DOCS)
def test_names_and_links_of_a_page_exist(name: str) -> None:
    texts = quoted_texts(name)

    assert missing_paths(texts) == []
    assert missing_modules(texts) == []
    assert missing_classes(texts) == []
    assert missing_commands([*texts, *blocks(name)]) == []
    assert missing_scripts(blocks(name)) == []
    assert list(misplaced_names(name)) == []
    assert list(broken_links(name)) == []


@pytest.mark.parametrize("name", [name for name in DOCS if re.fullmatch(r"docs/\w+\.md", name)])
def test_a_page_begins_with_what_its_reader_can_do_afterwards(name: str) -> None:
    title, blank, first = (ROOT / name).read_text().splitlines()[:3]

    assert title.startswith("# ")
    assert not blank
    assert first.startswith("After reading this page you ")


def test_every_page_is_linked_from_another() -> None:
    links = [(name, link) for name in DOCS for link in re.findall(r"\]\(([^)#]+)[^)]*\)", prose(name))]
    linked = {((ROOT / name).parent / link).resolve() for name, link in links}

    assert [name for name in DOCS if name != "README.md" and ROOT / name not in linked] == []


@pytest.mark.parametrize("suffix", [".py", ".html", ".css", ".js", ".yml", ".toml", ""])
def test_files_that_comments_name_exist(suffix: str) -> None:
    """Templates are named as in `render`, without their folder."""
    tops = "|".join(sorted({name.split("/")[0] for name in FOLDERS if not name.startswith(".")}))
    path = re.compile(rf"(?<![\w/.<-])(?:{tops})/[\w/.-]+\.(?:py|md|html|txt|tsv|sh)\b")
    texts = {name: (ROOT / name).read_text() for name in FILES if Path(name).suffix == suffix}

    named = {(name, match) for name, text in texts.items() for match in path.findall(text)}
    assert {
        (name, match) for name, match in named if not any(f"/{file}".endswith(f"/{match}") for file in FILES)
    } == set()


def test_modules_that_comments_name_exist() -> None:
    """`core.work` in backticks is a name that a reader looks for."""
    name = re.compile(rf"`((?:{'|'.join(sorted(PACKAGES))})\.[\w.]+\w)`")
    texts = {file: (ROOT / file).read_text() for file in FILES if file.endswith(".py")}
    found = {(file, dotted) for file, text in texts.items() for dotted in name.findall(text) if not is_path(dotted)}

    assert {(file, dotted) for file, dotted in found if not dotted_name_exists(dotted)} == set()
