"""The product's texts and their Canadian French translations, in locale/fr_CA/LC_MESSAGES/django.po.

`python -m scripts.messages` updates that file from the source and lists the texts without a translation. With `--check`
it changes nothing, and fails if the file is out of date or a translation is missing. It uses Babel, because Django's
makemessages needs the gettext programs, which a new machine does not have.
"""

import argparse
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "locale" / "fr_CA" / "LC_MESSAGES" / "django.po"
# Folders whose texts are never shown to a customer.
ELSEWHERE = ("benchmarks", "local", "practice", "scripts", "tests")
SUFFIXES = (".py", ".html", ".txt")
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m scripts.messages")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if out of date or incomplete")
    check: bool = parser.parse_args().check
    settings.configure()
    before = FILE.read_bytes() if FILE.exists() else b""
    catalog = build_catalog(before)
    after = po_file(catalog)
    untranslated = [message for message in catalog if message.id and not is_translated(message)]
    for message in untranslated:
        print(f"No French translation: {message.id}")
    if check and before != after:
        print(f"{FILE.relative_to(ROOT)} is out of date: run python -m scripts.messages")
    if not check:
        FILE.parent.mkdir(parents=True, exist_ok=True)
        FILE.write_bytes(after)
    return int(check and (before != after or bool(untranslated)))


def build_catalog(before: bytes) -> Catalog:
    catalog = read_po(io.BytesIO(before), locale="fr_CA", domain="django")
    catalog.update(marked_texts(), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.header_comment = "# What Beanworks Connect says, in Canadian French."
    catalog.project, catalog.version, catalog.last_translator = "Beanworks Connect", "1", "Beanworks"
    catalog.language_team, catalog.msgid_bugs_address = "Beanworks", "help@beanworks.com"
    return catalog


def marked_texts() -> Catalog:
    """Return every text marked for translation, in the order of the files."""
    template = Catalog(domain="django")
    for name in source_files():
        for _, text, comments, context in extract("python", io.BytesIO(python_source(ROOT / name)), keywords=KEYWORDS):
            template.add(text, locations=[(name, 0)], auto_comments=comments, context=context)
    return template


def source_files() -> list[str]:
    apps = [init.parent for init in ROOT.glob("*/__init__.py") if init.parent.name not in ELSEWHERE]
    files = (file for folder in [*apps, ROOT / "templates"] for file in folder.rglob("*") if file.suffix in SUFFIXES)
    return sorted(str(file.relative_to(ROOT)) for file in files)


def python_source(path: Path) -> bytes:
    """Return the file as Python source. Django turns a template into its marked texts, with filler letters between."""
    if path.suffix == ".py":
        return path.read_bytes()
    python = templatize(path.read_text())
    return "\n".join(line.strip() for line in python.splitlines()).encode()


def is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    return not message.fuzzy and all(texts)


def po_file(catalog: Catalog) -> bytes:
    file = io.BytesIO()
    write_po(file, catalog, width=120, sort_by_file=True, include_lineno=False, omit_header=False)
    return file.getvalue()


if __name__ == "__main__":
    sys.exit(main())
