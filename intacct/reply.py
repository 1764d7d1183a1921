"""Hold a parsed reply: control, authentication and results. A missing attribute is None, never zero.

The structure of replies is from Sage's documentation and DTD: three levels, with a status at each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from lxml import etree

from intacct.classify import classify
from intacct.errors import DamagedReply, ErrorText, IntacctError, Layer, MisshapenReply
from intacct.records import Record
from intacct.request import Function

MOST_NAMED = 10
"""Damaged places that an error message lists."""
STATUSES = ("success", "failure", "aborted")


@dataclass(frozen=True)
class Control:
    """Hold the control block: the outcome of the request as a whole."""

    status: str
    sender_id: str = ""
    control_id: str = ""
    errors: tuple[ErrorText, ...] = ()


@dataclass(frozen=True)
class Authentication:
    """Hold the authentication block: the outcome of the sign-in.

    location_id: the entity; "" at the top level. session_timeout: when the session ends unless it is used again.
    session_timestamp: when Intacct wrote the reply. Both times are by Intacct's clock, so use only their difference.
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
    """Describe characters of one text that could not be read. Each was replaced by U+FFFD.

    record: the index in `Data.records`; None for the list itself. named: identifies the record, like "RECORDNO 17".
    field: the element that holds the text. characters: how many were replaced; tags inside a text count as one.
    """

    record: int | None
    named: str
    field: str
    characters: int

    def __str__(self) -> str:
        return f"{self.named}, field {self.field}"


@dataclass(frozen=True)
class Data:
    """Hold the data that one function returned.

    total: how many records match. count: how many are in this reply. remaining: how many come after this page.
    records: every record as {tag: text}, "" for an empty field. element: the same as a tree, with what is nested in
    records (lines of a bill). It is empty for a page of flat records, which take three times as much memory as a tree.
    damages: texts with characters that could not be read.
    """

    element: etree._Element = field(repr=False, compare=False)
    records: Sequence[Record] = field(default_factory=list, repr=False, compare=False)
    list_type: str | None = None
    total: int | None = None
    count: int | None = None
    remaining: int | None = None
    result_id: str | None = None
    damages: tuple[Damage, ...] = ()

    @property
    def has_content(self) -> bool:
        """Whether the function returned records or any other element."""
        return bool(self.records) or len(self.element) > 0


@dataclass(frozen=True)
class Result:
    """Hold the outcome of one function.

    unreadable: why this part of the reply could not be read, if it could not. reply_warnings: errors that Intacct
    reported for the whole reply although it succeeded.
    """

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
        """Why the function failed; None if it succeeded. Data with replaced characters is a failure: see `as_read`."""
        return self._refusal or self._damage

    @property
    def warnings(self) -> tuple[ErrorText, ...]:
        """Errors that Intacct reported although the function succeeded."""
        return self.reply_warnings + (self.errors if self._refusal is None else ())

    def or_raise(self) -> Data:
        """Return the data, or raise the function's failure. The data is empty if the function returns none."""
        if failure := self.failure:
            raise failure
        return self.data or Data(etree.Element("data"))

    def as_read(self) -> Data:
        """Return the data even if it holds U+FFFD for characters that could not be read, or raise the failure.

        For a caller that reports `Data.damages`.
        """
        if refusal := self._refusal:
            raise refusal
        return self.data or Data(etree.Element("data"))

    @property
    def _refusal(self) -> IntacctError | None:
        if self.unreadable:
            return self.unreadable
        # A success with errors and data succeeded: the errors are warnings. A success with errors and no data failed:
        # to treat it as an empty list could make a sync delete records.
        if self.status == "success" and (not self.errors or (self.data and self.data.has_content)):
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
    """Hold a whole reply.

    results: by control ID. nameless: results without a control ID, by their position among all results, from 0.
    retry_after: seconds that the gateway asked us to wait.
    """

    control: Control
    authentication: Authentication | None
    results: Mapping[str, Result]
    http_status: int | None = None
    retry_after: float | None = None
    nameless: Mapping[int, Result] = field(default_factory=dict)

    @property
    def failure(self) -> IntacctError | None:
        """Why the request as a whole failed; None if it did not. Failures of single functions are in `results`."""
        if failure := self._block_failure("control", self.control):
            return failure
        if self.authentication is None:
            return self._contradiction or MisshapenReply("the reply does not report the result of the sign-in")
        return self._block_failure("authentication", self.authentication) or self._contradiction

    @property
    def temporary_failure(self) -> IntacctError | None:
        """The first failure, of the request or of a function, after which the same request may succeed."""
        failures = [self.failure, *(result.failure for result in self.results.values())]
        return next((failure for failure in failures if failure and failure.retryable), None)

    def __getitem__(self, control_id: str) -> Result:
        """Return the result of this function.

        If the reply has none, return a result that failed, so that the other results can still be used.
        """
        missing = MisshapenReply("the reply holds no result for this function", layer="result", control_id=control_id)
        return self.results.get(control_id) or Result("", control_id, "", unreadable=missing)

    def with_results_by_order(self, functions: Sequence[Function]) -> Self:
        """Return the same reply with each nameless result assigned to its function, if order and kind leave no doubt.

        Recorded replies have the order of the functions. Sage's documentation says to match by control ID, so the
        order is used only for results without one.
        """
        if not self.nameless or len(self.nameless) + len(self.results) != len(functions):
            return self
        assigned = {
            functions[position].control_id: replace(result, control_id=functions[position].control_id)
            for position, result in self.nameless.items()
            if functions[position].control_id not in self.results and _answers(functions[position], result)
        }
        return replace(self, results={**self.results, **assigned}, nameless={})

    def _block_failure(self, layer: Layer, block: Control | Authentication) -> IntacctError | None:
        if block.status == "success" and (not block.errors or self._is_answered):
            return None
        if block.status not in STATUSES and not block.errors:
            # There is no status and no error, so this is a broken reply and not a refusal that we do not know.
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
        """Whether a function returned data. Then errors beside a success are only warnings."""
        return any(result.data and result.data.has_content for result in self.results.values())

    @property
    def _contradiction(self) -> IntacctError | None:
        """The failure of a success that came with an HTTP error status, unless a function reports a failure itself."""
        if any(result.status in STATUSES[1:] for result in self.results.values()):
            return None
        return _contradiction(self.http_status, self.control.control_id, self.retry_after)


def _contradiction(status: int | None, control_id: str, retry_after: float | None = None) -> IntacctError | None:
    if (status or 200) < 400:
        return None
    return classify("transport", status, (), control_id=control_id, retry_after=retry_after)


def _answers(function: Function, result: Result) -> bool:
    """Whether a result may belong to this function."""
    list_type = result.data.list_type if result.data and function.name == "query" else None
    object_name = function.body.findtext("object") or ""
    return result.function == function.name and (not list_type or list_type.lower() == object_name.lower())
