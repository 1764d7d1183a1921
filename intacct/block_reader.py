"""Read the blocks of one parsed reply: control, authentication, results and their records."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from sys import intern
from typing import cast

from lxml import etree

from intacct.error_texts import ErrorReader, child_text
from intacct.errors import DamagedReply, MisshapenReply
from intacct.records import Record
from intacct.reply import Authentication, Control, Damage, Data, Reply, Result
from intacct.reply_damage import clear_marks, record_name, remove_tags
from intacct.secret import Secret

MOST_RESULTS = 1000
"""No request asks for as many. The limit also bounds the work that a hostile reply can cause."""
NUMBER = re.compile("[0-9]{1,15}")

_nested = etree.XPath("boolean(*/*/*)")
_mixed_parts = etree.XPath("*/*[*][text()[normalize-space()]][1]")


class BlockReader:
    """Read the blocks of one reply.

    page: the records of its single `data`, if they were read separately. names: see `Repaired`.
    """

    def __init__(self, status: int | None, hide: Sequence[Secret], retry_after: float | None) -> None:
        self.status = status
        self.error_reader = ErrorReader(hide)
        self.retry_after = retry_after
        self.page: Sequence[Record] | None = None
        self.is_repaired = False
        self.names: Mapping[str, str] = {}

    def reply(self, root: etree._Element, results: Sequence[Result] | None = None) -> Reply:
        """Read the whole reply. results: those that were already read, from a reply in parts."""
        control = root.find("control")
        if control is None:
            raise MisshapenReply("the reply has no control block", status=self.status)
        if results is None:
            results = self.results(root.findall("operation/result"))
        if self.is_repaired:
            clear_marks(root, self.names)
        by_id, nameless = self.by_id(results)
        reply = Reply(
            Control(
                child_text(control, "status"),
                child_text(control, "senderid"),
                child_text(control, "controlid"),
                self.error_reader.errors(root),
            ),
            self.authentication(root.find("operation")),
            by_id,
            self.status,
            self.retry_after,
            nameless,
        )
        return self.with_warnings(reply)

    def with_warnings(self, reply: Reply) -> Reply:
        """Errors of a reply that succeeded as a whole become warnings of every function."""
        warnings = reply.control.errors + (reply.authentication.errors if reply.authentication else ())
        if not warnings or reply.failure:
            return reply
        results = {name: replace(result, reply_warnings=warnings) for name, result in reply.results.items()}
        return replace(reply, results=results)

    def authentication(self, operation: etree._Element | None) -> Authentication | None:
        block = operation.find("authentication") if operation is not None else None
        if operation is None or block is None:
            return None
        return Authentication(
            child_text(block, "status"),
            child_text(block, "userid"),
            child_text(block, "companyid"),
            child_text(block, "locationid"),
            _moment(child_text(block, "sessiontimestamp")),
            _moment(child_text(block, "sessiontimeout")),
            self.error_reader.errors(operation) + self.error_reader.errors(block),
        )

    def results(self, blocks: Sequence[etree._Element]) -> list[Result]:
        if len(blocks) > MOST_RESULTS:
            raise MisshapenReply("the reply holds more results than any request asks for", status=self.status)
        return [self.result(block) for block in blocks]

    def by_id(self, results: Sequence[Result]) -> tuple[dict[str, Result], dict[int, Result]]:
        """Results by control ID, and those without one by their position.

        Two results with the same ID are unreadable: we cannot know which of them belongs to the function.
        """
        by_id: dict[str, Result] = {}
        nameless = {}
        for position, result in enumerate(results):
            if not result.control_id:
                nameless[position] = result
            elif result.control_id in by_id:
                by_id[result.control_id] = self.duplicate(result)
            else:
                by_id[result.control_id] = result
        return by_id, nameless

    def duplicate(self, result: Result) -> Result:
        message = "two results of the reply share a control ID"
        unreadable = MisshapenReply(message, layer="result", status=self.status, control_id=result.control_id)
        return Result(result.function, result.control_id, "", unreadable=unreadable)

    def result(self, block: etree._Element) -> Result:
        damages = clear_marks(block, self.names) if self.is_repaired else ()
        function, control_id = child_text(block, "function"), child_text(block, "controlid")
        block_data = next(block.iterchildren("data"), None)
        data, unreadable = None, None
        try:
            data = None if block_data is None else self.data(block_data, function, damages)
        except MisshapenReply as error:
            unreadable = type(error)(error.said, layer="result", status=self.status, control_id=control_id)
        return Result(
            function,
            control_id,
            child_text(block, "status"),
            data,
            self.error_reader.errors(block),
            self.status,
            unreadable,
        )

    def data(self, element: etree._Element, function: str, damages: tuple[Damage, ...]) -> Data:
        is_flat = not _nested(element)
        if not is_flat and function == "query" and element.get("totalcount"):
            damages += tuple(remove_tags(element, self.names))
            is_flat = True
        data = Data(
            element,
            self.records(element, is_flat=is_flat) if self.page is None else self.page,
            element.get("listtype"),
            _number(element, "totalcount"),
            _number(element, "count"),
            _number(element, "numremaining"),
            element.get("resultId"),
            damages,
        )
        if data.total is not None and data.records and is_flat:
            element.clear()
        return data

    def records(self, element: etree._Element, *, is_flat: bool) -> list[Record]:
        if is_flat:
            records = [{intern(part.tag): part.text or "" for part in record} for record in element]
        else:
            _check_mixed(element)
            records = [{intern(part.tag): part.text or "" for part in record if not len(part)} for record in element]
        if not self.names:
            return records
        return [{self.names.get(tag, tag): text for tag, text in record.items()} for record in records]


def _check_mixed(element: etree._Element) -> None:
    """Raise DamagedReply if there are tags inside the text of a record's field."""
    for part in cast("list[etree._Element]", _mixed_parts(element)):
        raise DamagedReply(f"tags within the text of {record_name(part)}, field {part.tag}")


def _number(element: etree._Element, name: str) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    # Not int() alone: it also accepts "1_0", "+1" and digits of other scripts, and raises for thousands of digits.
    if not NUMBER.fullmatch(text):
        raise MisshapenReply(f"the reply's {name} is not a number")
    return int(text)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
