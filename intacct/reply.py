"""Replies: bytes → control, authentication, results. An attribute that is absent is None, never zero."""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from sys import intern
from threading import Lock
from typing import BinaryIO
from urllib.parse import unquote

from lxml import etree

from intacct.classify import classify
from intacct.errors import BodyTooLarge, DoctypeReply, ErrorText, IntacctError, Layer, MisshapenReply
from intacct.flat import Record, lifted
from intacct.foreign import foreign
from intacct.secret import Secret

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes after unpacking: a page of 2,000 of the widest records is below 20 MB."""

MOST_RESULTS = 1000
MOST_ERRORS = 20
LONGEST_TEXT = 2000
"""What people can use of a reply and of an error. The limits also bound the work a hostile reply can cause."""

SUPPORT_ID = re.compile(r"\s*\[(?:Support|Request) ID:\s*([^\]]*)\]", re.IGNORECASE)
# Refusals quote the beginning of the session ID.
SESSION_START = re.compile(r"(invalid session )\S+", re.IGNORECASE)

_nested = etree.XPath("boolean(*/*/*)")
_one_tree = Lock()
"""Threads take turns: a page of wide records is 32 MB as a tree, and two are not read any faster at once."""


@dataclass(frozen=True)
class Control:
    status: str
    sender_id: str = ""
    control_id: str = ""
    errors: tuple[ErrorText, ...] = ()


@dataclass(frozen=True)
class Authentication:
    """`location_id` is "" at the top level; `session_timeout` is when the session ends unless used again."""

    status: str
    user_id: str = ""
    company_id: str = ""
    location_id: str = ""
    session_timeout: datetime | None = None
    errors: tuple[ErrorText, ...] = ()


@dataclass(frozen=True)
class Data:
    """What a function gave. `total` counts what matched, `count` what came, `remaining` what did not fit the page.

    `records` has each record flat, as {tag: text}, "" for empty. What is nested below (lines of a bill) is in
    `element`, which is empty for a page of flat records: as a tree they would take three times as much.
    """

    element: etree._Element = field(repr=False, compare=False)
    records: list[Record] = field(default_factory=list, repr=False, compare=False)
    list_type: str | None = None
    total: int | None = None
    count: int | None = None
    remaining: int | None = None
    result_id: str | None = None


@dataclass(frozen=True)
class Result:
    function: str
    control_id: str
    status: str
    data: Data | None = None
    errors: tuple[ErrorText, ...] = ()
    http_status: int | None = None

    @property
    def failure(self) -> IntacctError | None:
        if self.status == "success" and not self.errors:
            return None
        return classify("result", self.http_status, self.errors, control_id=self.control_id)

    def or_raise(self) -> Data:
        """The data (empty where the function gives none); raises what the function failed with."""
        if self.failure:
            raise self.failure
        return self.data or Data(etree.Element("data"))


@dataclass(frozen=True)
class Reply:
    control: Control
    authentication: Authentication | None
    results: Mapping[str, Result]
    http_status: int | None = None
    retry_after: float | None = None

    @property
    def failure(self) -> IntacctError | None:
        """Why the request as a whole failed, if it did; what single functions failed with stays in `results`."""
        return (
            self._failed("control", self.control)
            or (self.authentication and self._failed("authentication", self.authentication))
            or self._contradiction()
        )

    @property
    def passing_failure(self) -> IntacctError | None:
        """A failure, of the request or of one function, that may be gone when asked again."""
        failures = [self.failure, *(result.failure for result in self.results.values())]
        return next((failure for failure in failures if failure and failure.retryable), None)

    def __getitem__(self, control_id: str) -> Result:
        if control_id not in self.results:
            raise MisshapenReply("the reply holds no result for this function", control_id=control_id)
        return self.results[control_id]

    def _failed(self, layer: Layer, block: Control | Authentication) -> IntacctError | None:
        if block.status == "success" and not block.errors:
            return None
        return self._classified(layer, block.errors)

    def _contradiction(self) -> IntacctError | None:
        """A success told with an HTTP status that says otherwise is not believed."""
        if (self.http_status or 200) < 400:
            return None
        return self._classified("transport", ())

    def _classified(self, layer: Layer, errors: Sequence[ErrorText]) -> IntacctError:
        return classify(
            layer, self.http_status, errors, control_id=self.control.control_id, retry_after=self.retry_after
        )


def parse(
    body: bytes | BinaryIO,
    content_type: str = "",
    *,
    status: int | None = None,
    hide: Sequence[Secret] = (),
    retry_after: float | None = None,
) -> Reply:
    """Reads a reply, whatever came. Raises an UnreadableReply or BodyTooLarge, and nothing else, for what is not one.

    status: HTTP status; hide: secrets that error texts might quote.
    """
    content = body if isinstance(body, bytes) else body.read(LARGEST_BODY + 1)
    if len(content) > LARGEST_BODY:
        raise BodyTooLarge(f"the reply is larger than {LARGEST_BODY} bytes", status=status)
    with _one_tree:
        rest, page = lifted(content) or (content, None)
        root = _root(rest)
        if root is None or root.tag != "response":
            raise foreign(content, content_type, status, retry_after)
        return _Reader(status, hide, retry_after, page).reply(root)


def _root(content: bytes) -> etree._Element | None:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.tag == "response" and root.getroottree().docinfo.internalDTD is not None:
        raise DoctypeReply("the reply declares a document type, which Intacct never does")
    return root


class _Reader:
    """Reads the blocks of one reply. `page`: the records that its one `data` had."""

    def __init__(
        self, status: int | None, hide: Sequence[Secret], retry_after: float | None, page: list[Record] | None
    ) -> None:
        self.status = status
        self.hide = hide
        self.retry_after = retry_after
        self.page = page

    def reply(self, root: etree._Element) -> Reply:
        control = root.find("control")
        if control is None:
            raise MisshapenReply("the reply has no control block", status=self.status)
        return Reply(
            Control(
                _text(control, "status"),
                _text(control, "senderid"),
                _text(control, "controlid"),
                self.errors(root),
            ),
            self.authentication(root.find("operation")),
            self.results(root.findall("operation/result")),
            self.status,
            self.retry_after,
        )

    def authentication(self, operation: etree._Element | None) -> Authentication | None:
        block = operation.find("authentication") if operation is not None else None
        if operation is None or block is None:
            return None
        return Authentication(
            _text(block, "status"),
            _text(block, "userid"),
            _text(block, "companyid"),
            _text(block, "locationid"),
            _moment(_text(block, "sessiontimeout")),
            self.errors(operation) + self.errors(block),
        )

    def results(self, blocks: Sequence[etree._Element]) -> Mapping[str, Result]:
        if len(blocks) > MOST_RESULTS:
            raise MisshapenReply("the reply holds more results than any request asks for", status=self.status)
        results = [self.result(block) for block in blocks]
        by_id = {result.control_id: result for result in results}
        if len(by_id) < len(results):
            raise MisshapenReply("two results of the reply share a control ID", status=self.status)
        return by_id

    def result(self, block: etree._Element) -> Result:
        control_id = block.findtext("controlid")
        if not control_id:
            raise MisshapenReply("a result of the reply does not say which function it answers", status=self.status)
        data = block.find("data")
        return Result(
            _text(block, "function"),
            control_id,
            _text(block, "status"),
            None if data is None else _data(data, self.page),
            self.errors(block),
            self.status,
        )

    def errors(self, parent: etree._Element) -> tuple[ErrorText, ...]:
        found = islice(parent.iterfind("errormessage/error"), MOST_ERRORS)
        return tuple(self.error(block) for block in found)

    def error(self, block: etree._Element) -> ErrorText:
        said = {part: self.words(_text(block, part)) for part in ("description", "description2", "correction")}
        support = SUPPORT_ID.search("\n".join(_text(block, part)[:LONGEST_TEXT] for part in said))
        return ErrorText(
            self.words(_text(block, "errorno")), **said, support_id=self.words(unquote(support[1])) if support else ""
        )

    def words(self, text: str) -> str:
        """A text fit to be shown: entities decoded, Support ID taken out, secrets starred."""
        shown = SESSION_START.sub(r"\1…", SUPPORT_ID.sub("", html.unescape(text[:LONGEST_TEXT]))).strip()
        for secret in self.hide:
            shown = secret.hide_in(shown)
        return shown


def _data(element: etree._Element, page: list[Record] | None) -> Data:
    data = Data(
        element,
        _records(element) if page is None else page,
        element.get("listtype"),
        _number(element, "totalcount"),
        _number(element, "count"),
        _number(element, "numremaining"),
        element.get("resultId"),
    )
    if data.total is not None and data.records and not _nested(element):
        element.clear()
    return data


def _records(element: etree._Element) -> list[Record]:
    return [{intern(part.tag): part.text or "" for part in record if not len(part)} for record in element]


def _number(element: etree._Element, name: str) -> int | None:
    text = element.get(name)
    if text is None:
        return None
    # Not int(): it also takes "1_0", "+1" and digits of other scripts, and chokes on thousands of digits.
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise MisshapenReply(f"the reply's {name} is not a number")
    return int(text)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _text(parent: etree._Element, name: str) -> str:
    return (parent.findtext(name) or "").strip()
