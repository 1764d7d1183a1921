"""Requests for both ends of a list, and what their replies mean, with replies written by hand."""

from typing import Any

import pytest

from intacct.errors import ErrorText, FieldUnknown, GatewayUnavailable, MisshapenReply, QueryRefused
from intacct.functions import LARGEST_PAGE
from intacct.reply import Reply
from intacct.reply_parser import parse
from intacct.request import Function
from smartsync.engine.ascending import LowerEnd
from smartsync.engine.ascending_steps import PageStep
from smartsync.engine.cursor import ListCursor
from smartsync.engine.descending import UpperEnd
from smartsync.engine.list_state import EndState, ListState, Task
from smartsync.engine.reading import ListReading
from smartsync.engine.recorder import Recorder
from smartsync.engine.requests import Requests
from smartsync.engine.step import Step, Writes
from smartsync.models import ListRun
from tests.intacct import replies as r

FIELDS = ["RECORDNO", "VENDORID", "NAME", "STATUS"]
LONG = 3 * LARGEST_PAGE
LOOKUP = "<data><Type><Fields><Field><ID>NAME</ID></Field><Field><ID>OWN</ID></Field></Fields></Type></data>"
REFUSED = ErrorText("XL03000006", description2="The following fields cannot be queried : [VENDOR: [NAME] ]")


def reading(cursor: ListCursor, task: Task = Task.PAGE, **fields: Any) -> ListReading:
    """A list run that is in no database: accepting a reply must not write."""
    list_run = ListRun(pk=7, position=7, slug="vendors", object="VENDOR", fields=FIELDS, **fields)
    requests, state = Requests(list_run, None), ListState(cursor, task)
    return ListReading(list_run, state, requests, Recorder(list_run, state, requests))


def upper_end(cursor: ListCursor) -> UpperEnd:
    list_reading = reading(cursor)
    return UpperEnd(list_reading, list_reading.state.upper or EndState())


def ids(functions: list[Function]) -> list[str]:
    return [function.control_id for function in functions]


def page(control_id: str, *keys: int | str, remaining: int = 0) -> str:
    records = [{"RECORDNO": str(key), "VENDORID": f"V{key}", "NAME": "Ada", "STATUS": "active"} for key in keys]
    return r.result(r.page("VENDOR", records, remaining=remaining), control_id=control_id)


def reply(*results: str) -> Reply:
    return parse(r.ok(*results).encode())


def names(writes: Writes) -> list[str]:
    """The methods of the recorder that will write."""
    return [getattr(write, "func", write).__name__ for write in writes]


def accept(step: Step[Any], *results: str) -> list[str]:
    return names(step.accept(step.read(reply(*results))))


def test_list_without_known_fields_looks_them_up_with_a_count() -> None:
    end = LowerEnd(reading(ListCursor(), Task.LOOK_UP))
    assert ids(end.next_step().functions) == ["7 fields", "7 count"]


def test_short_list_is_complete_after_one_page() -> None:
    end = LowerEnd(reading(ListCursor()))
    step = end.next_step()

    assert ids(step.functions) == ["7"]
    assert accept(step, page("7", 1, 2)) == ["store_low", "settle"]
    assert not end.has_next


def test_last_page_brings_the_count() -> None:
    end = LowerEnd(reading(ListCursor(low=10, total=3, taken=1)))
    step = end.next_step()

    assert ids(step.functions) == ["7", "7 count"]
    assert accept(step, page("7", 11, 12), page("7 count", 1, remaining=2)) == ["store_low", "settle"]


def test_list_that_grew_is_read_on_after_its_supposed_last_page() -> None:
    end = LowerEnd(reading(ListCursor(low=10, total=3, taken=1)))

    written = accept(end.next_step(), page("7", 11, 12, remaining=5), page("7 count", 1, remaining=7))

    assert written == ["store_low", "save"]
    assert (end.state.task, end.state.cursor.low) == (Task.PAGE, 12)


def test_newer_records_are_stored_and_counted_once_more() -> None:
    end = LowerEnd(reading(ListCursor(low=5, high=6, max_key=9, total=9, taken=9, has_met=True), Task.COUNT))
    step = end.next_step()

    assert ids(step.functions) == ["7 count", "7 newest"]
    assert accept(step, page("7 count", 1, remaining=9), page("7 newest", 12)) == ["store_newest"]
    assert end.has_next
    assert end.state.cursor.max_key == 12
    assert accept(end.next_step(), page("7 count", 1, remaining=9), page("7 newest")) == ["settle"]


def test_position_differs_after_the_list_has_moved_on() -> None:
    end = LowerEnd(reading(ListCursor()))
    step = end.next_step()
    assert step.position == end.position
    accept(step, page("7", 1, 2, remaining=4000))
    assert step.position != end.position


def test_page_without_usable_keys_is_skipped_by_number() -> None:
    end = LowerEnd(reading(ListCursor()))
    accept(end.next_step(), page("7", "x", "y", remaining=4))
    assert (end.state.cursor.low, end.state.cursor.skipped) == (0, 2)


def test_next_page_continues_at_the_key_of_the_unparsed_one() -> None:
    end = LowerEnd(reading(ListCursor(total=LONG)))
    end.next_step()

    assert end.look_ahead(page("7", 1, 2, 30).encode())
    assert end.next_step().position == (Task.PAGE, 30, 0)


def test_no_page_is_requested_ahead_of_an_unreadable_key() -> None:
    end = LowerEnd(reading(ListCursor(total=LONG, low=5)))
    assert not end.look_ahead(page("7", "x").encode())
    assert not end.look_ahead(page("7", 5).encode())


def test_lower_end_waits_for_the_reply_that_may_bring_the_rest() -> None:
    end = LowerEnd(reading(ListCursor(total=LONG)))
    assert end.state.upper
    end.state.upper.requested = LONG
    assert not end.is_ready


def test_upper_end_reads_downward_and_leaves_the_last_page_to_the_lower_end() -> None:
    end = upper_end(ListCursor(total=LONG))

    written = accept(end.next_step(), page("7 down", 9, 8, 7, remaining=LONG - 3))

    assert written == ["store_high", "save"]
    assert (end.state.cursor.high, end.state.cursor.max_key) == (7, 9)
    end.state.lower.requested = 2 * LARGEST_PAGE
    assert not end.has_next


def test_lower_end_asks_for_a_whole_page_if_the_list_has_grown() -> None:
    """Then as many records came as Intacct counted, and an unknown number is between the ends."""
    end = LowerEnd(reading(ListCursor(total=9, low=3, high=7, max_key=12, taken=9)))
    step = end.next_step()

    assert isinstance(step, PageStep)
    assert step.records == LARGEST_PAGE


def test_newer_records_of_the_upper_end_are_not_those_that_remained() -> None:
    """Record 10 was created after the lower end's page was read, and 7 came from no end."""
    list_reading = reading(ListCursor(total=9, low=3, taken=3))
    step = LowerEnd(list_reading).next_step()

    accept(UpperEnd(list_reading, EndState()).next_step(), page("7 down", 10, 9, 8, remaining=4))
    accept(step, page("7", 4, 5, 6, remaining=3), page("7 count", 1, remaining=8))

    assert not list_reading.state.cursor.has_met


@pytest.mark.parametrize("keys", [(9, 8), ("x",)])
def test_upper_end_refuses_a_page_that_does_not_continue_below_the_last(keys: tuple[int | str, ...]) -> None:
    step = upper_end(ListCursor(total=LONG, high=9, max_key=12)).next_step()
    with pytest.raises(MisshapenReply):
        step.read(reply(page("7 down", *keys, remaining=4000)))


def test_upper_end_that_gives_up_leaves_the_rest_to_the_lower_end() -> None:
    end = upper_end(ListCursor(total=LONG))
    assert end.give_up(MisshapenReply("odd")) == []
    assert not end.has_next
    assert LowerEnd(end.reading).has_next


@pytest.mark.parametrize(
    ("error", "written", "task"),
    [
        (QueryRefused(), ["save"], Task.LOOK_UP),
        (FieldUnknown(errors=[REFUSED]), ["leave_out"], None),
        (GatewayUnavailable(), ["end_with"], None),
    ],
)
def test_error_ends_the_list_unless_another_request_may_help(error: Any, written: list[str], task: Task | None) -> None:
    end = LowerEnd(reading(ListCursor(total=LONG)))
    upper = end.state.upper

    assert names(end.give_up(error)) == written
    assert end.state.task is task
    assert upper
    assert upper.is_stopped


def test_refused_query_is_looked_up_only_once() -> None:
    end = LowerEnd(reading(ListCursor(), Task.LOOK_UP))
    end.next_step()
    assert names(end.give_up(QueryRefused())) == ["end_with"]


def test_looked_up_fields_are_those_of_the_catalogue_and_the_key() -> None:
    end = LowerEnd(reading(ListCursor(), Task.LOOK_UP))
    step = end.next_step()

    assert accept(step, r.result(LOOKUP, function="lookup", control_id="7 fields"), page("7 count", 1)) == ["save"]
    assert end.reading.list_run.fields == ["RECORDNO", "NAME"]
    assert end.state.task is Task.PAGE
