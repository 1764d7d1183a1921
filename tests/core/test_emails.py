"""The layout of emails: what is a list, what is quoted, how lines are wrapped, how a reader is greeted."""

from pathlib import Path

import pytest
from lxml import html
from pytest_django.fixtures import Settings

from core.emails import EmailContent, Frame, given_name, render_email, wrap_text
from core.templatetags.emails import quoted

REASON = "You get this email because you asked for it."
WORDS = "A subject\n\nFirst paragraph, {{ filler }}.\n\nIntro:\n- one\n- two\n\n{{ note }}\n"


@pytest.fixture
def _words(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    folder.mkdir()
    (folder / "example.txt").write_text(WORDS)
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]


def rendered(**context: str) -> EmailContent:
    frame = Frame(REASON, "Open", "/connection/", name="Maya Root", contact=("Cleo", "cleo@example.com"))
    return render_email("example", {"filler": "a few words " * 20, "note": quoted("Hi\n- <b>"), **context}, frame)


@pytest.mark.usefixtures("_words")
def test_html_has_the_list_the_quote_and_one_button() -> None:
    page = html.fromstring(rendered().html)

    assert [item.text for item in page.iter("li")] == ["one", "two"]
    assert page.xpath("string(.//blockquote)") == "Hi- <b>"
    assert page.xpath("//a[@class='on-button']/text()") == ["Open"]


@pytest.mark.usefixtures("_words")
def test_only_urls_of_ours_after_a_colon_are_links(settings: Settings) -> None:
    ours = f"{settings.SITE_URL}/connection/1/user_role/"
    lines = [
        "Step 2: {}",
        "{}",
        "- Mallory: {}",
        "> Mallory: {}",
        "We greet Mallory: {} today.",
        "Mallory: https://e.example/",
    ]

    page = html.fromstring(rendered(filler="\n".join(lines).format(*[ours] * 5)).html)

    assert page.xpath("//td[contains(@class, 'card')]/p[not(@class)]/a/@href") == [ours]


@pytest.mark.usefixtures("_words")
def test_text_part_says_the_same() -> None:
    content = rendered()

    assert content.subject == "A subject"
    assert content.text.startswith("Hello Maya,\n\nFirst paragraph")
    assert "- one\n- two\n" in content.text
    assert "> Hi\n> - <b>\n" in content.text
    assert REASON in content.text


def test_sent_text_has_short_lines_in_lists_and_quotes_too() -> None:
    sent = wrap_text("- " + "word " * 30 + "\n> " + "word " * 30)

    lines = sent.splitlines()
    assert max(map(len, lines)) <= 76
    assert [line[:2] for line in lines] == ["- ", "  ", "> ", "> "]


@pytest.mark.usefixtures("_words")
def test_long_link_stays_in_one_line() -> None:
    link = f"https://connect.example.com/{'x' * 200}"

    assert link in rendered(note=link).text.splitlines()


@pytest.mark.parametrize(
    ("name", "greeting"),
    [
        ("Maya Root", "Maya"),
        ("Root, Maya", "Maya"),
        ("Dr. Maya Root", "Maya"),
        ("Maya", "Maya"),
        ("M.", "M."),
        ("", ""),
    ],
)
def test_reader_is_greeted_by_given_name(name: str, greeting: str) -> None:
    assert given_name(name) == greeting
