"""Every action that the product records has a sentence and a subject, and every sentence belongs to such an action."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from audit.actions import ACTIONS, SUBJECTS, UnknownAction
from audit.models import AuditEvent
from audit.services import event_of, event_record

APPS = ("audit", "accounts", "mail", "wizard", "smartsync", "operations", "api")
NAME = re.compile(r"[a-z_]+\.[a-z_]+")
# The name of a file, which looks like an action.
FILES = {"board.csv", "manifest.json"}
RECORDS_EVENTS = re.compile(r"\b(event_record|event_of|record_profile|audit_erase|services\.events)\b")


def actions_in_code() -> Iterator[str]:
    """Find the names of actions in the modules that record events."""
    for app in APPS:
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py"):
            source = path.read_text()
            if path.name != "actions.py" and RECORDS_EVENTS.search(source):
                yield from names_in(source)


def names_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAME.fullmatch(node.value):
            yield node.value


def test_every_action_in_the_code_is_registered() -> None:
    assert set(actions_in_code()) - FILES - set(ACTIONS) == set()


def test_every_registered_action_has_a_sentence() -> None:
    assert [name for name, action in ACTIONS.items() if not action.sentence] == []


def test_every_registered_action_is_recorded_somewhere() -> None:
    assert set(ACTIONS) - set(actions_in_code()) == set()


def test_every_action_can_be_filtered_by_its_subject() -> None:
    assert {action.subject for action in ACTIONS.values()} == set(SUBJECTS)


def test_action_without_a_sentence_is_not_recorded(db: None) -> None:
    with pytest.raises(UnknownAction, match=r"profile\.forgotten"):
        event_record(action="profile.forgotten", actor=None)

    assert not AuditEvent.objects.exists()


def test_old_event_whose_action_is_gone_is_shown_by_its_name() -> None:
    event = AuditEvent(action="profile.forgotten")

    assert (event.sentence, event.tone) == ("profile.forgotten", "mute")


def test_sentence_lacks_only_the_names_that_an_old_event_does_not_hold() -> None:
    event = event_of(action="profile.declined", actor=None, reason="No seal.")

    assert (event.sentence, event.tone) == ("Declined the request for : No seal.", "bad")


def test_events_of_syncs_are_shown_in_the_words_of_pages() -> None:
    finished = event_of(action="sync_run.finished", actor=None, result="failed")
    retried = event_of(action="list_run.retried", actor=None, list="vendors")
    of_dimension = event_of(action="list_run.retried", actor=None, list="dimension.grant")

    assert finished.sentence == "A sync finished: Failed"
    assert (retried.sentence, of_dimension.sentence) == (
        "Retried the list Vendors",
        "Retried the list dimension.grant",
    )


def test_check_of_an_old_event_has_no_result() -> None:
    assert AuditEvent(action="verification.finished").sentence == "Verification finished: not recorded"
