"""Parse the bytes of a reply into a `Reply`, and read as much of a damaged reply as possible.

A well-formed reply is parsed once. A reply that the parser refuses is repaired and parsed again. If that fails too, its
results are parsed one by one, so that a broken result affects only its own function.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from sys import intern
from threading import Lock
from typing import BinaryIO, cast

from lxml import etree

from intacct.error_texts import ErrorReader, child_text
from intacct.errors import BodyTooLarge, DamagedReply, DoctypeReply, IntacctError, MisshapenReply
from intacct.page_parser import Record, split_page
from intacct.reply import Authentication, Control, Damage, Data, Reply, Result
from intacct.reply_damage import break_description, clear_marks, record_name, remove_tags, replace_marks
from intacct.reply_encoding import MARK_BYTES, to_utf8
from intacct.reply_repair import Repaired, repair_reply
from intacct.secret import Secret, SecretBytes
from intacct.unreadable import unreadable_reply_error

LARGEST_BODY = 24 * 1024 * 1024
"""Bytes after decompression. A page of 2,000 of the widest records is below 20 MB. A larger one is requested again, at
half the size."""
MOST_NODES = 300_000
"""Tags, attributes and references in a reply that is read as a tree. Each takes up to 250 bytes of memory. The largest
such reply, with 40 answers to `lookup`, has 60,000."""
MOST_RESULTS = 1000
"""No request asks for as many. The limit also bounds the work that a hostile reply can cause."""
NUMBER = re.compile("[0-9]{1,15}")
RESPONSE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>)?\s*<response[\s>]")
CONTROL_ID = re.compile(rb"<controlid>\s*([^<]{0,256}?)\s*</controlid>")
FRAME = [re.compile(rb"<%b>.*?</%b>" % (block, block), re.DOTALL) for block in (b"control", b"authentication")]
FUNCTION = re.compile(rb"<function>\s*([^<]{0,256}?)\s*</function>")

_nested = etree.XPath("boolean(*/*/*)")
_mixed_parts = etree.XPath("*/*[*][text()[normalize-space()]][1]")
_one_tree = Lock()
"""Only one thread parses at a time. A page of wide records takes 32 MB as a tree, and two at once are not faster."""


def parse(
    body: bytes | BinaryIO,
    content_type: str = "",
    *,
    status: int | None = None,
    hide: Sequence[Secret] = (),
    retry_after: float | None = None,
) -> Reply:
    """Parse a reply.

    content_type: of the HTTP header. status: the HTTP status. hide: secrets to replace by stars in error texts.
    retry_after: seconds that the gateway asked us to wait.
    Raises IntacctError if the body is not an Intacct reply: UnreadableReply, BodyTooLarge, or what its HTTP status
    means. No body makes it raise anything else.
    """
    content = body if isinstance(body, bytes) else body.read(LARGEST_BODY + 1)
    if len(content) > LARGEST_BODY:
        raise BodyTooLarge(f"the reply is larger than {LARGEST_BODY} bytes", status=status)
    with _one_tree:
        return _Parser(content, content_type, status, hide, retry_after).reply()


class _Parser:
    """Parse one reply as it came; if that fails, repaired; if that fails too, in parts."""

    def __init__(
        self, content: bytes, content_type: str, status: int | None, hide: Sequence[Secret], retry_after: float | None
    ) -> None:
        self.sent = content
        self.content = to_utf8(content, content_type, LARGEST_BODY)
        self.content_type = content_type
        self.status = status
        self.retry_after = retry_after
        self.reader = _Reader(status, hide, retry_after)

    def reply(self) -> Reply:
        is_marked = self.content is not self.sent and MARK_BYTES in self.content
        return (None if is_marked else self._parse_unchanged()) or self._parse_repaired()

    def _parse_unchanged(self) -> Reply | None:
        rest, self.reader.page = split_page(self.content) or (self.content, None)
        root = self._tree(rest)
        return None if root is None else self.reader.reply(self._response(root))

    def _parse_repaired(self) -> Reply:
        if not RESPONSE.match(self.content) or not self.content.rstrip().endswith(b"</response>"):
            raise self._foreign_error()
        self._check_nodes(self.content)
        whole = repair_reply(self.content)
        self.reader.page, self.reader.is_repaired, self.reader.names = None, True, whole.names
        root = self._tree(whole.content)
        return self._parse_in_parts(whole) if root is None else self.reader.reply(self._response(root))

    def _parse_in_parts(self, whole: Repaired) -> Reply:
        """Parse each result by itself."""
        frame, *parts = whole.content.split(b"<result>")
        if len(parts) > MOST_RESULTS:
            raise MisshapenReply("the reply holds more results than any request asks for", status=self.status)
        around, results = [frame], []
        for part in parts:
            inside, end, after = part.partition(b"</result>" if b"</result>" in part else b"</operation>")
            results.append(self._parse_result(inside))
            around.append(after if end == b"</result>" else end + after)
        root = self._parse_frame(SecretBytes(b"".join(around)), whole.names)
        return self.reader.reply(self._response(root), results)

    def _parse_frame(self, frame: bytes, names: Mapping[str, str]) -> etree._Element:
        """Parse what is around the results. If it is broken, the control and authentication blocks are enough.

        They are not enough if there are errors: only the place of an error shows whether it belongs to the request or
        to the sign-in. A wrong choice would block the sign-in of a customer, or hide that it was refused.
        """
        root = self._tree(frame)
        if root is not None:
            return root
        if (self.status or 200) >= 400:
            raise self._foreign_error()
        blocks = [pattern.findall(frame) for pattern in FRAME]
        if b"<errormessage" not in frame and all(len(matches) == 1 for matches in blocks):
            root = self._tree(b"<response>%b<operation>%b</operation></response>" % (blocks[0][0], blocks[1][0]))
        if root is None:
            raise DamagedReply(f"the reply is damaged near {break_description(frame, names)}", status=self.status)
        return root

    def _parse_result(self, inside: bytes) -> Result:
        whole = SecretBytes(b"<result>" + inside + b"</result>")
        root = self._tree(whole)
        if root is not None:
            return self.reader.result(root)
        control_id = _text_in_head(CONTROL_ID, inside)
        broken = DamagedReply(
            f"the answer to this function is damaged near {break_description(whole, self.reader.names)}",
            layer="result",
            status=self.status,
            control_id=control_id,
        )
        return Result(_text_in_head(FUNCTION, inside), control_id, "", unreadable=broken)

    def _tree(self, content: bytes) -> etree._Element | None:
        self._check_nodes(content)
        # Entities and DTDs could make us read local files or fill the memory.
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            return etree.fromstring(content, parser)
        except (etree.XMLSyntaxError, ValueError):
            return None

    def _check_nodes(self, content: bytes) -> None:
        # Every node takes at least one byte, so a reply that is short enough needs no count.
        if len(content) > MOST_NODES and sum(map(content.count, (b"<", b"=", b"&"))) > MOST_NODES:
            raise BodyTooLarge(f"the reply has more than {MOST_NODES} elements", status=self.status)

    def _response(self, root: etree._Element) -> etree._Element:
        if root.tag != "response":
            raise self._foreign_error()
        if root.getroottree().docinfo.internalDTD is not None:
            raise DoctypeReply("the reply declares a document type, which Intacct never does")
        return root

    def _foreign_error(self) -> IntacctError:
        return unreadable_reply_error(self.sent, self.content_type, self.status, self.retry_after)


class _Reader:
    """Read the blocks of one reply.

    page: the records of its single `data`, if they were read separately. names: see `Repaired`.
    """

    def __init__(self, status: int | None, hide: Sequence[Secret], retry_after: float | None) -> None:
        self.status = status
        self.error_reader = ErrorReader(hide)
        self.retry_after = retry_after
        self.page: list[Record] | None = None
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


def _text_in_head(pattern: re.Pattern[bytes], result: bytes) -> str:
    """The first match before the data of a result that cannot be parsed."""
    match = pattern.search(result.partition(b"<data")[0])
    return replace_marks(match[1].decode("utf-8", "replace")) if match else ""
