"""A sentence cut around a value cannot be translated: other languages put the value elsewhere, or inflect its words."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from scripts.messages import ROOT

VALUE = r"(?:\{\{[^}]*\}\}|\{%\s*when (?:(?! as )[^%])*%\})"
# A text that ends with a period is a whole sentence, and another one may follow it.
TEXT = r"(?:\{%\s*translate [^%]*[^.\s][\"']\s*%\}|\{%\s*endblocktranslate\s*%\})"
LOWER_CASE = r"\{%\s*(?:translate\s+[\"']|blocktranslate[^%]*%\}\s*)[a-z]"
# French has a no-break space before a colon, so the colon belongs to the translated text.
COLON = r"\}\}: "
GLUED = re.compile(rf"{TEXT}[ ,:;(]*{VALUE}|{VALUE}[ ,:;)]*{LOWER_CASE}|{COLON}")
# Texts that are put into a variable stand elsewhere.
STORED = re.compile(
    r"\{%\s*translate [^%]* as \w+\s*%\}|\{%\s*blocktranslate[^%]* asvar.*?endblocktranslate\s*%\}", re.DOTALL
)
TRANSLATED = re.compile(r"(\{%\s*blocktranslate[^%]*%\}\s*.).*?(\{%\s*endblocktranslate)", re.DOTALL)
RELATIVE = re.compile(
    r"\{% ago [^%]* as (\w+) %\}\{% blocktranslate[^%]*%\}(.*?)(?:\{% plural %\}.*?)?\{% endblocktranslate %\}",
    re.DOTALL,
)
TEMPLATES = sorted(
    path
    for folder in ("templates", "wizard/stages")
    for suffix in ("html", "txt")
    for path in (ROOT / folder).rglob(f"*.{suffix}")
)


def glued(template: str) -> list[str]:
    return GLUED.findall(TRANSLATED.sub(r"\1\2", STORED.sub("", template)))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_is_cut_around_a_value(path: Path) -> None:
    assert glued(path.read_text()) == []


@pytest.mark.parametrize(
    "template",
    [
        '{% translate "Waiting since" %} {{ date }}',
        '{% translate "Last opened on" %} {% when date %}',
        "{% blocktranslate %}Fixed by{% endblocktranslate %}: {{ who }}",
        '{{ count }} {% translate "lists" %}',
        "{{ label }}: {{ value }}",
        "{% when date %}, {% blocktranslate trimmed %}\n by Beanworks{% endblocktranslate %}",
    ],
)
def test_cut_sentences_are_noticed(template: str) -> None:
    assert len(glued(template)) == 1


def test_whole_sentences_are_fine() -> None:
    assert glued("{% when at as date %}{% blocktranslate %}since {{ date }}{% endblocktranslate %} · {{ name }}") == []
    assert glued('{% translate "Next" as label %}{{ label }}') == []


def relative_times_after_articles(template: str) -> list[str]:
    """Return French texts such as "Constaté le %(since)s", where the value is "il y a 2 jours"."""
    with translation.override("fr-ca"):
        texts = [
            (name, translation.gettext(re.sub(r"\{\{ (\w+) \}\}", r"%(\1)s", text.strip())))
            for name, text in RELATIVE.findall(template)
        ]
    return [text for name, text in texts if re.search(rf"\b(le|du|au|depuis) %\({name}\)s", text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_french_article_precedes_a_relative_time(path: Path) -> None:
    assert relative_times_after_articles(path.read_text()) == []


def test_french_articles_before_relative_times_are_noticed() -> None:
    template = "{% ago at as date %}{% blocktranslate %}Last checked {{ date }}{% endblocktranslate %}"
    assert len(relative_times_after_articles(template)) == 1
