"""Keep a session with one Intacct company: sign in, send requests, renew the session, work at entities.

What this module knows about sessions (`getAPISession`, the sliding end, the endpoint) is from Sage's API documentation.
"""

import time
import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from threading import RLock

from intacct.errors import (
    BadRequest,
    BodyTooLarge,
    EntityRefused,
    ForbiddenHost,
    IntacctError,
    MisshapenReply,
    SessionExpired,
    SignInRefused,
    UnknownError,
)
from intacct.functions import get_api_session
from intacct.reply import Authentication, Control, Data, Reply, Result
from intacct.request import Function, Login, Sender, SessionKey, build, with_control_ids
from intacct.shared_session import MARGIN, OpenSession, SharedSession, Store
from intacct.transport import SINGLE, Channel, Exchange, Gate, OnBody, ignore_body

ASSUMED_LIFE = timedelta(minutes=5)
"""Used only until the first reply that reports when the session ends."""
LONGEST_LIFE = timedelta(days=1)
"""The longest session life seen in recorded replies. Nothing relies on a session for longer."""
TOO_MUCH = (BadRequest, BodyTooLarge, UnknownError)
"""How Intacct may refuse a request with too many functions. Its limit is not documented."""


class Session:
    """Sign in at the first request, and once more when Intacct reports that the session has expired.

    A refused sign-in is never retried with the same object: repeated failures lock the user in Intacct.
    Threads may share a session.

    store: shares open sessions with other workers. None: this object keeps its session to itself.
    gate: a context manager that is entered around each request; see `limiter`.
    parent: an open session of the same login, which opens this one without the password; see `entity`.
    label: begins the control ID of each request, so that a request can be found in Intacct's records and in ours.
    """

    def __init__(
        self,
        transport: Channel,
        sender: Sender,
        login: Login,
        store: Store | None = None,
        *,
        gate: Gate = nullcontext,
        parent: "Session | None" = None,
        label: str = "",
    ) -> None:
        self.transport = transport
        self.sender = sender
        self.credentials = login
        self.store = store
        self.gate = gate
        self.parent = parent
        self.label = label
        self._shared = SharedSession(store, sender, login, transport)
        self._open: OpenSession | None = None
        self._refusal: IntacctError | None = None
        self._lock = RLock()

    def login(self) -> OpenSession:
        """Return an open session: this object's own, one that another worker stored, or a new one.

        Raises IntacctError when the sign-in fails.
        """
        # The lock also covers the request: of two threads that need a session, one signs in and the other waits for it.
        with self._lock:
            if self._open is None or not self._open.is_fresh:
                self._open = self._shared.get() or self._sign_in()
            return self._open

    @property
    def is_open(self) -> bool:
        """Whether the last sign-in succeeded, and its session has not ended."""
        opened = self._open  # another thread may drop it
        return opened is not None and opened.is_fresh

    def call(self, *functions: Function, repeat: bool = True, on_body: OnBody = ignore_body) -> Reply:
        """Send one request with these functions and return the reply.

        If Intacct refuses it in a way that may mean too many functions, each half is sent by itself.
        repeat: whether the request may be sent again after a temporary failure. False for a request that writes.
        on_body: called with each reply body as soon as it has come, before it is parsed.
        Raises IntacctError when the request fails. The failure of a single function is in its result.
        """
        function_list = with_control_ids(functions)
        how = Exchange(repeat=repeat, on_body=on_body)
        opened = self.login()
        try:
            return self._send(opened, function_list, how)
        except SessionExpired:
            # Intacct refused it before it did anything, so even a write may be sent again.
            self._drop(opened)
            return self._send(self.login(), function_list, how)

    def entity(self, entity_id: str) -> "Session":
        """Return a session at this entity. It is opened from this session, so the password is not sent again."""
        login = replace(self.credentials, entity_id=entity_id)
        return Session(self.transport, self.sender, login, self.store, gate=self.gate, parent=self, label=self.label)

    def forget(self) -> None:
        """Delete the stored session of this login, which worker stored it does not matter. Sends no request."""
        self._shared.forget_any()

    def _sign_in(self) -> OpenSession:
        # Another attempt with the same password could lock the user in Intacct.
        if self._refusal:
            raise self._refusal
        try:
            opened = self._ask_parent(self.parent) if self.parent else self._ask_with_password()
        except IntacctError as error:
            if _is_about_login(error):
                self._refusal = error
            raise
        self._shared.put(opened)
        return opened

    def _ask_with_password(self) -> OpenSession:
        began = time.monotonic()
        reply = self._exchange(self.credentials, [get_api_session()], SINGLE)
        return _read_session(reply, self.transport, began)

    def _ask_parent(self, parent: "Session") -> OpenSession:
        began = time.monotonic()
        try:
            reply = parent.call(get_api_session(self.credentials.entity_id or ""))
            return _read_session(reply, self.transport, began)
        except SignInRefused as error:
            if parent._refusal:
                raise
            # Intacct reports the same as for a wrong password. But the parent is signed in with that password, so the
            # refusal can only be about the entity.
            raise EntityRefused(**error.details) from error

    def _send(self, opened: OpenSession, functions: Sequence[Function], how: Exchange) -> Reply:
        began = time.monotonic()
        try:
            reply = self._exchange(opened.key, functions, replace(how, endpoint=opened.endpoint))
        except TOO_MUCH:
            # Halves of a write could leave it half done.
            if len(functions) == 1 or not how.repeat:
                raise
            return self._send_by_halves(opened, functions)
        self._move_end(opened, reply, began)
        return reply

    def _send_by_halves(self, opened: OpenSession, functions: Sequence[Function]) -> Reply:
        half = len(functions) // 2
        first, rest = (self._send_half(opened, part) for part in (functions[:half], functions[half:]))
        return replace(rest, results={**first.results, **rest.results})

    def _send_half(self, opened: OpenSession, functions: Sequence[Function]) -> Reply:
        try:
            return self._send(opened, functions, Exchange(repeat=True))
        except BodyTooLarge as error:
            # A half with several functions would have been split again. This one alone fails; the others keep their
            # results.
            [function] = functions
            return _too_large_reply(function, error)

    def _exchange(self, auth: Login | SessionKey, functions: Sequence[Function], how: Exchange) -> Reply:
        # Never used before, so that the reply can be matched with this request.
        control_id = f"{self.label}{uuid.uuid4().hex}"
        payload = build(self.sender, auth, functions, control_id=control_id)
        secrets = [self.sender.password, self.credentials.password, *([auth] if isinstance(auth, SessionKey) else [])]
        names = tuple(function.name for function in functions)
        reply = self.transport.exchange(payload, replace(how, hide=secrets, gate=self.gate, functions=names))
        if reply.failure:
            raise reply.failure
        _check_control_id(reply, control_id)
        return reply.with_results_by_order(with_control_ids(functions))

    def _move_end(self, opened: OpenSession, reply: Reply, began: float) -> None:
        ends_at = _later_end(opened, reply, began)
        if ends_at is not None:
            with self._lock:
                if self._open == opened:
                    self._open = replace(opened, ends_at=ends_at)
                    self._shared.put(self._open)

    def _drop(self, opened: OpenSession) -> None:
        with self._lock:
            # Another thread or another worker may have renewed it already. Their new session must stay.
            if self._open and self._open.key == opened.key:
                self._open = None
            self._shared.forget(opened)


def _is_about_login(error: IntacctError) -> bool:
    """Whether the login itself was refused. After any other failure, the next request may sign in."""
    return error.layer == "authentication" or isinstance(error, SignInRefused)


def _check_control_id(reply: Reply, control_id: str) -> None:
    # A proxy or a shared connection could deliver another customer's reply.
    if reply.control.control_id != control_id:
        raise MisshapenReply("the reply answers another request than ours", control_id=control_id)


def _too_large_reply(function: Function, error: BodyTooLarge) -> Reply:
    """Return a reply in which only this function failed, because its result is too large."""
    too_large = Result(function.name, function.control_id, "", unreadable=error)
    return Reply(Control("success"), Authentication("success"), {function.control_id: too_large})


def _read_session(reply: Reply, channel: Channel, began: float) -> OpenSession:
    """Read the session from a reply to `getAPISession`. `began`: when the request was sent, by `time.monotonic`."""
    data = reply["f1"].or_raise()
    key, endpoint = SessionKey(_required_text(data, "sessionid")), _required_text(data, "endpoint")
    # The reply chooses where later requests and the session key go, so it may only name a host of Intacct's.
    if not channel.allows(endpoint):
        raise ForbiddenHost(f"the login named {endpoint} for further requests, which is not one of Intacct's")
    entity_id = data.element.findtext("api/locationid") or ""
    life = _session_life(reply) or ASSUMED_LIFE
    # Counted from before the request was sent, so that the session does not end earlier than we think.
    return OpenSession(key, endpoint, began + life.total_seconds(), entity_id)


def _later_end(opened: OpenSession, reply: Reply, began: float) -> float | None:
    """Return the new end: each request makes the session last longer (a sliding time-out, by Sage's documentation).

    None for a move shorter than `MARGIN`, so that not every request writes to the store.
    """
    life = _session_life(reply)
    if life is None:
        return None
    ends_at = began + life.total_seconds()
    # Only ever later: replies of two threads may come in another order than they were sent.
    return ends_at if ends_at - opened.ends_at > MARGIN.total_seconds() else None


def _session_life(reply: Reply) -> timedelta | None:
    """How long the session lasts, by Intacct's clock alone. None if the reply does not report it."""
    block = reply.authentication
    if not block or not block.session_timestamp or not block.session_timeout:
        return None
    life = block.session_timeout - block.session_timestamp
    return min(life, LONGEST_LIFE) if life > timedelta() else None


def _required_text(data: Data, name: str) -> str:
    """The text of an element of a session. Raises MisshapenReply if it is missing or empty."""
    text = data.element.findtext(f"api/{name}")
    if not text:
        raise MisshapenReply(f"the login was answered without a {name}")
    return text
