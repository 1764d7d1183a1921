"""Anchors show what chains cannot: a removed end, a removed chain, or a log that was rewritten."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from audit.anchors import write_anchors
from audit.models import AuditAnchor, AuditEvent, first_broken_event
from audit.restores import restore_record
from audit.services import event_record

from .test_chain import settle, triggers_off

pytestmark = pytest.mark.django_db


def record(number: int, customer_id: int) -> None:
    for _count in range(number):
        event_record(action="board.downloaded", actor=None, customer_id=customer_id)
    settle()


@pytest.fixture
def anchor_file(settings: Settings, tmp_path: Path) -> Path:
    """The anchor file with anchors for the events of two customers."""
    path = tmp_path / "anchors"
    settings.AUDIT_ANCHOR_FILE = str(path)
    record(5, customer_id=1)
    record(4, customer_id=2)
    write_anchors()
    return path


def execute(*statements: str) -> None:
    with triggers_off(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


REMOVE_LINKS = "DELETE FROM audit_auditlink WHERE event_id NOT IN (SELECT id FROM audit_auditevent)"
REWRITE = """
DO $$
DECLARE
    link audit_auditlink;
    event audit_auditevent;
    previous text := '';
BEGIN
    FOR link IN SELECT * FROM audit_auditlink WHERE chain = 1 ORDER BY number LOOP
        SELECT * INTO event FROM audit_auditevent WHERE id = link.event_id;
        previous := audit_event_hash(previous, link.number, event, link.former_hash);
        UPDATE audit_auditlink SET hash = previous WHERE event_id = link.event_id;
    END LOOP;
END $$
"""
TAMPERINGS = {
    "the last three events": (
        "DELETE FROM audit_auditevent USING audit_auditlink WHERE event_id = id AND chain = 1 AND number > 2",
        REMOVE_LINKS,
    ),
    "a whole chain": ("DELETE FROM audit_auditevent WHERE customer_id = 1", REMOVE_LINKS),
    "all of it": ("DELETE FROM audit_auditevent", REMOVE_LINKS),
    "rewritten": ("UPDATE audit_auditevent SET actor_id = 99 WHERE customer_id = 1", REWRITE),
}
NO_ANCHORS = "DELETE FROM audit_auditanchor WHERE chain = 1"


def test_anchors_of_an_unchanged_log_are_valid(anchor_file: Path) -> None:
    record(2, customer_id=1)

    call_command("verify_audit", anchors=anchor_file)


@pytest.mark.parametrize("how", TAMPERINGS)
def test_stored_anchors_show_what_the_chains_cannot_show(anchor_file: Path, how: str) -> None:
    execute(*TAMPERINGS[how])

    assert first_broken_event() is None
    with pytest.raises(CommandError, match="Events of customer 1"):
        call_command("verify_audit")


@pytest.mark.parametrize("how", TAMPERINGS)
def test_copy_of_the_file_shows_that_stored_anchors_were_removed(anchor_file: Path, how: str) -> None:
    execute(*TAMPERINGS[how], "DELETE FROM audit_auditanchor")

    with pytest.raises(CommandError, match="kept anchor 1 is not among the stored ones"):
        call_command("verify_audit", anchors=anchor_file)


def test_stored_anchors_that_were_made_with_another_key_are_noticed(anchor_file: Path, settings: Settings) -> None:
    settings.AUDIT_KEY = "what someone else knows"
    execute("DELETE FROM audit_auditanchor")
    write_anchors()

    settings.AUDIT_KEY = ""
    with pytest.raises(CommandError, match="not signed with this AUDIT_KEY"):
        call_command("verify_audit")


def change_hash(lines: list[dict[str, object]]) -> None:
    lines[0]["hash"] = "0" * 64


def remove_first_of_three(lines: list[dict[str, object]]) -> None:
    del lines[1]


def remove_signature(lines: list[dict[str, object]]) -> None:
    lines[0]["signature"] = None


def add_word(lines: list[dict[str, object]]) -> None:
    lines[0]["more"] = 1


@pytest.mark.parametrize("change", [change_hash, remove_first_of_three, remove_signature, add_word])
def test_changed_copy_of_the_file_is_noticed(
    anchor_file: Path, change: Callable[[list[dict[str, object]]], None]
) -> None:
    record(1, customer_id=1)
    write_anchors()
    lines = [json.loads(line) for line in anchor_file.read_text().splitlines()]
    change(lines)
    anchor_file.write_text("".join(json.dumps(line) + "\n" for line in lines))

    with pytest.raises(CommandError, match=r"kept anchor|no anchor"):
        call_command("verify_audit", anchors=anchor_file)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[1]", b'{"sequence": 1}'])
def test_file_that_has_no_anchors_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other"
    file.write_bytes(content)

    with pytest.raises(CommandError, match="no anchor"):
        call_command("verify_audit", anchors=file)


def test_only_chains_that_have_grown_are_anchored_again(anchor_file: Path) -> None:
    record(1, customer_id=2)
    write_anchors()
    write_anchors()

    assert list(AuditAnchor.objects.order_by("sequence").values_list("chain", "number")) == [(1, 5), (2, 4), (2, 5)]


def test_the_file_catches_up_with_what_it_missed(anchor_file: Path, settings: Settings) -> None:
    settings.AUDIT_ANCHOR_FILE = ""
    record(1, customer_id=1)
    write_anchors()
    settings.AUDIT_ANCHOR_FILE = str(anchor_file)
    record(1, customer_id=1)
    write_anchors()

    assert [json.loads(line)["sequence"] for line in anchor_file.read_text().splitlines()] == [1, 2, 3, 4]
    call_command("verify_audit", anchors=anchor_file)


@pytest.fixture
def older_state(anchor_file: Path) -> Path:
    """The file has an anchor that the database lost, because a backup from before was restored."""
    record(2, customer_id=1)
    write_anchors()
    newer_events = "DELETE FROM audit_auditevent USING audit_auditlink WHERE event_id = id AND chain = 1 AND number > 5"
    execute(newer_events, REMOVE_LINKS, "DELETE FROM audit_auditanchor WHERE sequence > 2")
    return anchor_file


def test_restore_of_an_older_state_is_named_as_what_it_can_be(older_state: Path) -> None:
    call_command("verify_audit")  # the database alone cannot know
    with pytest.raises(CommandError, match=r"anchor 3 is not .* 7 events of customer 1 .* older state"):
        call_command("verify_audit", anchors=older_state)

    restore_record("2026-11-28T22:00:00+00:00")
    settle()

    with pytest.raises(CommandError, match=r"recorded .* backup of 2026-11-28 22:00 UTC was restored"):
        call_command("verify_audit", anchors=older_state)


def test_file_with_anchors_that_the_database_lost_is_not_continued(
    older_state: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Otherwise new anchors with the numbers of lost ones would be in no file, and the later ones would not follow."""
    kept = older_state.read_text()
    record(3, customer_id=1)

    write_anchors()

    assert older_state.read_text() == kept
    assert "has anchor 3, which the database lacks" in caplog.text
    older_state.rename(older_state.with_suffix(".before"))
    write_anchors()
    call_command("verify_audit", anchors=older_state)


def test_anchors_are_in_the_log(anchor_file: Path, caplog: pytest.LogCaptureFixture) -> None:
    record(1, customer_id=1)
    write_anchors()

    last = AuditAnchor.objects.latest("sequence")
    assert f'"signature": "{last.signature}"' in caplog.text


def test_log_without_events_gets_no_anchor(db: None) -> None:
    assert write_anchors() == 0
    assert not AuditEvent.objects.exists()


def test_missing_file_of_anchors_is_reported_without_a_traceback(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("verify_audit", anchors=tmp_path / "anchors")
