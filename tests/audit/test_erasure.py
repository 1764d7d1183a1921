"""Names and texts can be erased from the log, and the chains and anchors verify before, during and after it."""

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.models import User
from audit.anchors import write_anchors
from audit.erasure import audit_erase
from audit.models import AuditEvent, first_broken_event
from audit.services import act_with, event_record

from .test_chain import settle, triggers_off

pytestmark = pytest.mark.django_db
KEY = b"a key of 32 bytes, used in tests"


class Guest:
    pk = None
    name = "Ida Intacct"


def record(customer_id: int | None = 1, **metadata: object) -> AuditEvent:
    event = event_record(action="handover.created", actor=None, customer_id=customer_id, **metadata)
    settle()
    return event


def erase(*events: AuditEvent) -> int:
    count = audit_erase([event.pk for event in events], customer_id=1, actor_id=None, key=KEY)
    settle()
    return count


def read(event: AuditEvent) -> AuditEvent:
    return AuditEvent.objects.get(pk=event.pk)


def test_user_is_referenced_and_not_copied(administrator: User) -> None:
    event = event_record(action="connection.started", actor=administrator)
    administrator.name = "Ada New"
    administrator.save()

    assert read(event).personal == {}
    assert (event.actor_name, read(event).actor_name) == ("Ada New", "Ada New")


def test_deleted_user_is_shown_by_their_number(administrator: User) -> None:
    event = event_record(action="connection.started", actor=administrator)
    number = administrator.pk
    administrator.delete()

    assert read(event).actor_name == f"Deleted user {number}"


def test_guest_and_key_are_copied_as_what_can_be_erased(administrator: User) -> None:
    by_guest = event_record(action="connection.started", actor=Guest())
    with act_with(Guest()):
        by_key = event_record(action="connection.started", actor=administrator)

    assert (read(by_guest).actor_name, read(by_key).actor_name) == ("Ida Intacct", "Ada Root · Ida Intacct")
    assert (by_guest.personal, by_guest.metadata) == ({"agent": "Ida Intacct"}, {})


def test_only_numbers_and_words_of_our_own_cannot_be_erased() -> None:
    event = record(
        stage="pre_checks", handover=7, scheduled=True, since=None, guest="Ida", changed={"name": ["a", "b"]}
    )

    assert event.lasting == {"stage": "pre_checks", "handover": 7, "scheduled": True, "since": None}
    assert event.personal == {"guest": "Ida", "changed": {"name": ["a", "b"]}}


def test_erased_event_has_pseudonyms_and_its_chain_verifies() -> None:
    event, other = record(guest="Ida", handover=7), record(guest="Ida")
    write_anchors()

    assert erase(event, other) == 2

    pseudonym = read(event).metadata["guest"]
    assert pseudonym == read(other).metadata["guest"]
    assert read(event).sentence == f"Handed steps over to {pseudonym}"
    assert (len(pseudonym), read(event).metadata["handover"]) == (9, 7)
    call_command("verify_audit")


def test_erasing_is_an_event_and_done_once() -> None:
    event = record(guest="Ida")

    assert (erase(event), erase(event)) == (1, 0)
    assert AuditEvent.objects.get(action="audit.erased").metadata == {"events": 1}


def test_event_of_no_customer_can_be_erased_but_none_of_another() -> None:
    of_none, of_other = record(None, customer="Northwind"), record(2, customer="Northwind")

    assert erase(of_none, of_other) == 1
    assert read(of_other).metadata["customer"] == "Northwind"
    call_command("verify_audit")


@pytest.mark.parametrize(
    "change",
    [
        "salt = NULL",
        "personal = jsonb_build_object('guest', '#00000000')",
        "salt = NULL, personal = '{}'",
        "salt = NULL, personal = jsonb_build_object('guest', 'Eve')",
        "salt = NULL, personal = jsonb_build_object('guest', '#00000000'), action = 'other'",
        "salt = NULL, personal = jsonb_build_object('guest', '#00000000'), commitments = '{}'",
    ],
)
def test_the_database_refuses_every_other_change(change: str) -> None:
    event = record(guest="Ida")

    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_auditevent SET {change} WHERE id = %s", [event.pk])


@pytest.mark.parametrize("change", ['personal = \'{"guest": "Eve"}\'', "lasting = '{}'", "commitments = '{}'"])
def test_change_after_the_erasure_is_noticed(change: str) -> None:
    event = record(guest="Ida", handover=7)
    erase(event)

    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE audit_auditevent SET {change} WHERE id = %s", [event.pk])

    assert first_broken_event() == event
