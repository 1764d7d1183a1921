from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit.models import AuditEvent, AuditLink, first_broken_event
from audit.services import event_record


def settle() -> None:
    """Run the deferred triggers, as a commit does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def triggers_off() -> Iterator[None]:
    """Disable the triggers, as the owner of the database can."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.fixture
def events(db: None) -> list[AuditEvent]:
    saved_events = [
        event_record(action="board.downloaded", actor=None, customer_id=n % 2 + 1, number=n, word=f"word {n}")
        for n in range(8)
    ]
    settle()
    return saved_events


@pytest.mark.parametrize(
    "change",
    [lambda event: event.save(), lambda event: event.delete(), lambda event: AuditLink.objects.update(hash="")],
    ids=["save", "delete", "links"],
)
def test_the_database_refuses_to_change_what_was_written(
    events: list[AuditEvent], change: Callable[[AuditEvent], object]
) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"), transaction.atomic():
        change(AuditEvent.objects.get(pk=events[0].pk))


def test_each_customer_has_a_chain_of_its_own(events: list[AuditEvent]) -> None:
    places = AuditLink.objects.order_by("chain", "number").values_list("chain", "number")
    assert list(places) == [(chain, number) for chain in (1, 2) for number in (1, 2, 3, 4)]


def test_unchanged_audit_log_is_intact(events: list[AuditEvent]) -> None:
    call_command("verify_audit")


def test_event_without_a_customer_is_chained_too(db: None) -> None:
    event = event_record(action="board.downloaded", actor=None)
    settle()
    assert (event.link.chain, event.link.number) == (0, 1)
    assert first_broken_event() is None


TAMPERINGS = {
    "actor": "UPDATE audit_auditevent SET actor_id = 99 WHERE id = {}",
    "numbers": "UPDATE audit_auditevent SET lasting = '{{}}' WHERE id = {}",
    "words": "UPDATE audit_auditevent SET personal = jsonb_set(personal, '{{word}}', '\"other\"') WHERE id = {}",
    "no words": "UPDATE audit_auditevent SET personal = '{{}}' WHERE id = {}",
    "commitments": "UPDATE audit_auditevent SET commitments = '{{}}' WHERE id = {}",
    "salt": "UPDATE audit_auditevent SET salt = audit_random_salt() WHERE id = {}",
    "no salt": "UPDATE audit_auditevent SET salt = NULL WHERE id = {}",
    "customer": "UPDATE audit_auditevent SET customer_id = 9 WHERE id = {}",
    "time": "UPDATE audit_auditevent SET occurred_at = occurred_at - interval '1 us' WHERE id = {}",
    "link": "UPDATE audit_auditlink SET hash = repeat('0', 64) WHERE event_id = {}",
    "no link": "DELETE FROM audit_auditlink WHERE event_id = {}",
}


@pytest.mark.parametrize("how", TAMPERINGS)
def test_first_broken_link_is_reported(events: list[AuditEvent], how: str) -> None:
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(TAMPERINGS[how].format(events[2].pk))
    with pytest.raises(CommandError, match=r"broken at event \d+"):
        call_command("verify_audit")
    # Without its link, an event leaves a gap, which is noticed at the next event.
    following = events[4] if how == "no link" else events[2]
    assert first_broken_event() == following


def test_deleted_event_breaks_the_chain_at_the_next_event(events: list[AuditEvent]) -> None:
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditlink WHERE event_id = %s", [events[2].pk])
        cursor.execute("DELETE FROM audit_auditevent WHERE id = %s", [events[2].pk])
    assert first_broken_event() == events[4]


@pytest.mark.django_db(transaction=True)
def test_many_threads_make_one_chain() -> None:
    def write(number: int) -> None:
        try:
            with transaction.atomic():
                event_record(action="board.downloaded", actor=None, customer_id=1, number=number)
                event_record(action="profile.claimed", actor=None, customer_id=1, number=number)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    assert list(AuditLink.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 81))
    assert first_broken_event() is None


@pytest.mark.django_db(transaction=True)
def test_an_event_that_was_rolled_back_leaves_no_gap() -> None:
    event_record(action="board.downloaded", actor=None, customer_id=1)
    with transaction.atomic():
        event_record(action="board.downloaded", actor=None, customer_id=1)
        transaction.set_rollback(True)
    event_record(action="board.downloaded", actor=None, customer_id=1)
    assert list(AuditLink.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
