import pytest
from django.contrib.messages import SUCCESS
from django.http import HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.html import conditional_escape

from core.errors import Refused
from core.isolated_text import Sentence, isolate, isolate_in_text, join_names
from core.message_storage import Storage

OVERRIDE = "\u202eevil"


def test_a_sentence_is_plain_text() -> None:
    sentence = Sentence("%(name)s has <2> roles.", {"name": "Ada & Ben"})

    assert sentence == "Ada & Ben has <2> roles."
    assert f"{sentence}" == "Ada & Ben has <2> roles."


def test_names_in_a_sentence_are_isolated_and_escaped_on_a_page() -> None:
    sentence = Sentence("%(name)s has <2> roles.", {"name": f"<b>{OVERRIDE}"})

    page = Template("{{ sentence }}").render(Context({"sentence": sentence}))

    assert page == f"<bdi>&lt;b&gt;{OVERRIDE}</bdi> has &lt;2&gt; roles."


def test_names_in_a_refusal_stay_isolated() -> None:
    reason = Refused(Sentence("A customer named %(name)s already exists.", {"name": OVERRIDE}))

    assert conditional_escape(str(reason)) == f"A customer named <bdi>{OVERRIDE}</bdi> already exists."


def test_sentence_can_choose_a_plural() -> None:
    assert conditional_escape(Sentence("%(n)d of %(name)s", {"n": 2, "name": "Ada"})) == "2 of <bdi>Ada</bdi>"


@pytest.mark.parametrize("name", ["שרה לוי", f"{OVERRIDE} 2"])
def test_addition_to_a_name_from_right_to_left_stays_outside(name: str) -> None:
    assert isolate(f"{name} (Intacct administrator)") == f"<bdi>{name}</bdi> (Intacct administrator)"
    assert isolate(f"{name} (שרה)") == f"<bdi>{name} (שרה)</bdi>"


def test_several_names_are_isolated_from_each_other() -> None:
    assert join_names(["Ada", "Ben"]) == "Ada, Ben"
    assert conditional_escape(join_names(["Ada", OVERRIDE])) == f"<bdi>Ada</bdi>, <bdi>{OVERRIDE}</bdi>"
    assert join_names([]) == ""


def test_names_in_a_plain_text_are_isolated_once() -> None:
    text = isolate_in_text("שרה (12) לוי: ask Ada\u2069 or الف")

    assert text == "\u2068שרה (12) לוי\u2069: ask Ada or \u2068الف\u2069"
    assert isolate_in_text(text) == text
    assert isolate_in_text("Ada\u202e & Zoë") == "Ada & Zoë"


def test_empty_name_has_no_markup() -> None:
    assert isolate("") == isolate(None) == ""


def test_names_in_a_message_stay_isolated_on_the_next_page() -> None:
    request = RequestFactory().get("/")
    request.session = {}  # type: ignore[assignment]
    shown, response = Storage(request), HttpResponse()
    shown.add(SUCCESS, Sentence("Sent to %(name)s", {"name": f"<{OVERRIDE}"}))
    shown.update(response)
    request.COOKIES["messages"] = response.cookies["messages"].value

    [message] = Storage(request)

    assert conditional_escape(message.message) == f"Sent to <bdi>&lt;{OVERRIDE}</bdi>"
