"""Replies: control, authentication, results. An attribute that is absent is None, never zero."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from lxml import etree

from intacct.classify import classify
from intacct.errors import DamagedReply, ErrorText, IntacctError, Layer, MisshapenReply
from intacct.flat import Record
from intacct.request import Function

MOST_NAMED = 10
STATUSES = ("success", "failure", "aborted")


@dataclass(frozen=True)
class Control:
    status: str
    sender_id: str = ""
    control_id: str = ""
    errors: tuple[ErrorText, ...] = ()


@dataclass(frozen=True)
class Authentication:
    """`location_id` is "" at the top level. `session_timeout` is when the session ends unless used again.

    `session_timestamp` is when Intacct wrote this: both are by Intacct's clock, so only their difference counts.
    """

    status: str
    user_id: str = ""
    company_id: str = ""
    location_id: str = ""
    session_timestamp: datetime | None = None
    session_timeout: datetime | None = None
    errors: tuple[ErrorText, ...] = ()


@dataclass(frozen=True)
class Damage:
    """Characters of one text that could not be read; each was replaced by U+FFFD. Tags in a text count as one.

    record: index in `Data.records`, None for the list itself. named: what tells the record, such as "RECORDNO 17".
    field: the element whose text it was.
    """

    record: int | None
    named: str
    field: str
    characters: int

    def __str__(self) -> str:
        return f"{self.named}, field {self.field}"


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
    damages: tuple[Damage, ...] = ()

    @property
    def holds_something(self) -> bool:
        return bool(self.records) or len(self.element) > 0


@dataclass(frozen=True)
class Result:
    """What one function came to. `unreadable`: its part of the reply could not be read at all."""

    function: str
    control_id: str
    status: str
    data: Data | None = None
    errors: tuple[ErrorText, ...] = ()
    http_status: int | None = None
    unreadable: IntacctError | None = None
    reply_warnings: tuple[ErrorText, ...] = ()

    @property
    def failure(self) -> IntacctError | None:
        """Why it failed. Data with replaced characters is a failure too: see `as_read`."""
        return self._refusal or self._damage

    @property
    def warnings(self) -> tuple[ErrorText, ...]:
        """What Intacct remarked although the function succeeded."""
        return self.reply_warnings + (self.errors if self._refusal is None else ())

    def or_raise(self) -> Data:
        """The data (empty where the function gives none); raises what the function failed with."""
        if failure := self.failure:
            raise failure
        return self.data or Data(etree.Element("data"))

    def as_read(self) -> Data:
        """The same, with U+FFFD for characters that could not be read: for a caller that reports `Data.damages`."""
        if refusal := self._refusal:
            raise refusal
        return self.data or Data(etree.Element("data"))

    @property
    def _refusal(self) -> IntacctError | None:
        if self.unreadable:
            return self.unreadable
        # Errors beside a success are remarks if something came with them. An empty answer with errors is not believed.
        if self.status == "success" and (not self.errors or (self.data and self.data.holds_something)):
            return _contradiction(self.http_status, self.control_id)
        if self.status not in STATUSES and not self.errors:
            return MisshapenReply("a result has no status", layer="result", control_id=self.control_id)
        return classify("result", self.http_status, self.errors, control_id=self.control_id)

    @property
    def _damage(self) -> DamagedReply | None:
        if not self.data or not self.data.damages:
            return None
        places = "; ".join(map(str, self.data.damages[:MOST_NAMED]))
        return DamagedReply(places, layer="result", control_id=self.control_id)


@dataclass(frozen=True)
class Reply:
    """`nameless`: results without a control ID, by their place among all results."""

    control: Control
    authentication: Authentication | None
    results: Mapping[str, Result]
    http_status: int | None = None
    retry_after: float | None = None
    nameless: Mapping[int, Result] = field(default_factory=dict)

    @property
    def failure(self) -> IntacctError | None:
        """Why the request as a whole failed, if it did; what single functions failed with stays in `results`."""
        if failed := self._failed("control", self.control):
            return failed
        if self.authentication is None:
            return self._contradiction or MisshapenReply("the reply does not tell what came of the sign-in")
        return self._failed("authentication", self.authentication) or self._contradiction

    @property
    def passing_failure(self) -> IntacctError | None:
        """A failure, of the request or of one function, that may be gone when asked again."""
        failures = [self.failure, *(result.failure for result in self.results.values())]
        return next((failure for failure in failures if failure and failure.retryable), None)

    def __getitem__(self, control_id: str) -> Result:
        """The result of this function. One that is missing is a result that failed: the others can be used."""
        missing = MisshapenReply("the reply holds no result for this function", layer="result", control_id=control_id)
        return self.results.get(control_id) or Result("", control_id, "", unreadable=missing)

    def matched(self, functions: Sequence[Function]) -> Self:
        """The same with nameless results given to their functions, where order and kind leave no doubt.

        Intacct answers functions in their order; its documents say to go by control IDs all the same.
        """
        if not self.nameless or len(self.nameless) + len(self.results) != len(functions):
            return self
        given = {
            functions[at].control_id: replace(result, control_id=functions[at].control_id)
            for at, result in self.nameless.items()
            if functions[at].control_id not in self.results and _answers(functions[at], result)
        }
        return replace(self, results={**self.results, **given}, nameless={})

    def _failed(self, layer: Layer, block: Control | Authentication) -> IntacctError | None:
        if block.status == "success" and (not block.errors or self._is_answered):
            return None
        if block.status not in STATUSES and not block.errors:
            # Not a refusal that we do not know: nothing was said.
            return self._contradiction or MisshapenReply(f"the reply has no status of its {layer}")
        return classify(
            layer,
            self.http_status,
            block.errors,
            control_id=self.control.control_id,
            retry_after=self.retry_after,
        )

    @property
    def _is_answered(self) -> bool:
        """Whether some function brought something: then errors beside a success are remarks."""
        return any(result.data and result.data.holds_something for result in self.results.values())

    @property
    def _contradiction(self) -> IntacctError | None:
        """A success told with an HTTP status that says otherwise is not believed, unless a function says why."""
        if any(result.status in STATUSES[1:] for result in self.results.values()):
            return None
        return _contradiction(self.http_status, self.control.control_id, self.retry_after)


def _contradiction(status: int | None, control_id: str, retry_after: float | None = None) -> IntacctError | None:
    if (status or 200) < 400:
        return None
    return classify("transport", status, (), control_id=control_id, retry_after=retry_after)


def _answers(function: Function, result: Result) -> bool:
    """Whether a result may be this function's."""
    listed = result.data.list_type if result.data and function.name == "query" else None
    asked = function.body.findtext("object") or ""
    return result.function == function.name and (not listed or listed.lower() == asked.lower())
