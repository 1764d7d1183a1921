"""A session with one company: login, endpoint, renewal, entities."""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import RLock
from typing import Protocol, Self

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
from intacct.request import Function, Login, Sender, SessionKey, build, named
from intacct.secret import Secret
from intacct.transport import Arrived, Channel, Gate, unheeded

MARGIN = timedelta(minutes=1)
"""A session this close to its end is renewed rather than used. It is also how exactly a stored end is kept."""
ASSUMED_LIFE = timedelta(minutes=5)
"""Only until the first reply that says when the session ends."""
LONGEST_LIFE = timedelta(days=1)
"""The longest that was recorded. Nothing relies on a session for longer."""
RECORD_FORMAT = "2"
"""Other workers may still run the release before: neither reads what the other stored."""
TOO_MUCH = (BadRequest, BodyTooLarge, UnknownError)
"""How a request with more functions than Intacct takes may be refused: nobody has told how many that is."""


class Store(Protocol):
    """Keeps sessions for other workers to use. The record is as good as a password: encrypt it before it is written."""

    def get(self, key: str) -> tuple[bytes, float] | None:
        """The record, and for how many more seconds it is kept."""

    def put(self, key: str, record: bytes, seconds: float) -> None:
        """Keep it for so many seconds."""

    def forget(self, key: str) -> None: ...


@dataclass(frozen=True)
class Open:
    """An open session: its key, where to send requests, when it ends, and the entity it is at ("" at the top level).

    `ends_at` is by `time.monotonic`: no clock of ours or of Intacct's can make it look over when it is not.
    """

    key: SessionKey
    endpoint: str
    ends_at: float
    entity_id: str = ""

    def to_bytes(self) -> bytes:
        return json.dumps([self.key.reveal(), self.endpoint, self.entity_id]).encode()

    @classmethod
    def from_bytes(cls, record: bytes, seconds: float) -> Self:
        """`seconds`: how long it still lasts."""
        key, endpoint, entity_id = json.loads(record)
        return cls(SessionKey(key), endpoint, time.monotonic() + seconds, entity_id)

    @property
    def seconds(self) -> float:
        """How long it still lasts."""
        return self.ends_at - time.monotonic()

    @property
    def fresh(self) -> bool:
        return self.seconds > MARGIN.total_seconds()


class Session:
    """Signs in when first needed and again, once, when Intacct says the session is no more.

    A refused sign-in is never tried again with the same object: repeated failures lock the user in Intacct.
    `gate` is entered around each request on its way; see `limiter`. Threads may share a session.
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
    ) -> None:
        self.transport = transport
        self.sender = sender
        self.credentials = login
        self.store = store
        self.gate = gate
        self.parent = parent
        self._open: Open | None = None
        self._refused: IntacctError | None = None
        self._lock = RLock()

    def login(self) -> Open:
        """The open session: the one in hand, the one another worker left in the store, or a new one."""
        with self._lock:
            if self._open is None or not self._open.fresh:
                self._open = self._stored() or self._sign_in()
            return self._open

    def call(self, *functions: Function, repeat: bool = True, arrived: Arrived = unheeded) -> Reply:
        """One request with these functions. Raises when the request fails; each function's failure is in its result.

        Refused in a way that may mean there are too many of them, they are asked again by halves.
        repeat: whether it may be sent again after a passing failure. False for whatever writes.
        arrived: called with each body that comes, before it is read.
        """
        asked = named(functions)
        opened = self.login()
        try:
            return self._send(opened, asked, repeat, arrived)
        except SessionExpired:
            # Refused before anything was done, so even a write may follow.
            self._drop(opened)
            return self._send(self.login(), asked, repeat, arrived)

    def entity(self, entity_id: str) -> "Session":
        """A session at an entity, opened from this one: the password does not travel again."""
        login = replace(self.credentials, entity_id=entity_id)
        return Session(self.transport, self.sender, login, self.store, gate=self.gate, parent=self)

    def _sign_in(self) -> Open:
        if self._refused:
            raise self._refused
        try:
            opened = self._ask_parent(self.parent) if self.parent else self._ask_with_password()
        except IntacctError as refused:
            if refused.layer == "authentication" or isinstance(refused, SignInRefused):
                self._refused = refused
            raise
        self._remember(opened)
        return opened

    def _ask_with_password(self) -> Open:
        began = time.monotonic()
        reply = self._exchange(self.credentials, [get_api_session()], endpoint="", repeat=False)
        return self._opened(reply, began)

    def _ask_parent(self, parent: "Session") -> Open:
        began = time.monotonic()
        try:
            return self._opened(parent.call(get_api_session(self.credentials.entity_id or "")), began)
        except SignInRefused as refused:
            if parent._refused:
                raise
            # Intacct says no more than for a wrong password; but the parent is signed in, so the entity it must be.
            raise EntityRefused(**refused.details) from refused

    def _opened(self, reply: Reply, began: float) -> Open:
        data = reply["f1"].or_raise()
        key, endpoint = SessionKey(_said(data, "sessionid")), _said(data, "endpoint")
        if not self.transport.allows(endpoint):
            raise ForbiddenHost(f"the login named {endpoint} for further requests, which is not one of Intacct's")
        entity_id = data.element.findtext("api/locationid") or ""
        life = _life(reply) or ASSUMED_LIFE
        return Open(key, endpoint, began + life.total_seconds(), entity_id)

    def _send(self, opened: Open, functions: Sequence[Function], repeat: bool, arrived: Arrived = unheeded) -> Reply:
        began = time.monotonic()
        try:
            reply = self._exchange(opened.key, functions, endpoint=opened.endpoint, repeat=repeat, arrived=arrived)
        except TOO_MUCH:
            if len(functions) == 1 or not repeat:
                raise
            return self._send_by_halves(opened, functions)
        self._slide(opened, reply, began)
        return reply

    def _send_by_halves(self, opened: Open, functions: Sequence[Function]) -> Reply:
        half = len(functions) // 2
        first, rest = (self._send_half(opened, part) for part in (functions[:half], functions[half:]))
        return replace(rest, results={**first.results, **rest.results})

    def _send_half(self, opened: Open, functions: Sequence[Function]) -> Reply:
        try:
            return self._send(opened, functions, repeat=True)
        except BodyTooLarge as error:
            # Of several it would have been halved again. The others keep their answers.
            [function] = functions
            too_large = Result(function.name, function.control_id, "", unreadable=error)
            return Reply(Control("success"), Authentication("success"), {function.control_id: too_large})

    def _exchange(
        self,
        auth: Login | SessionKey,
        functions: Sequence[Function],
        *,
        endpoint: str,
        repeat: bool,
        arrived: Arrived = unheeded,
    ) -> Reply:
        control_id = uuid.uuid4().hex
        reply = self.transport.exchange(
            build(self.sender, auth, functions, control_id=control_id),
            endpoint=endpoint,
            repeat=repeat,
            hide=self._secrets(auth),
            gate=self.gate,
            arrived=arrived,
        )
        if reply.failure:
            raise reply.failure
        if reply.control.control_id != control_id:
            raise MisshapenReply("the reply answers another request than ours", control_id=control_id)
        return reply.matched(named(functions))

    def _secrets(self, auth: Login | SessionKey) -> list[Secret]:
        return [self.sender.password, self.credentials.password, *([auth] if isinstance(auth, SessionKey) else [])]

    def _slide(self, opened: Open, reply: Reply, began: float) -> None:
        """Each call moves the end of a session on."""
        life = _life(reply)
        if life and began + life.total_seconds() - opened.ends_at > MARGIN.total_seconds():
            with self._lock:
                if self._open == opened:
                    self._open = replace(opened, ends_at=began + life.total_seconds())
                    self._remember(self._open)

    def _drop(self, opened: Open) -> None:
        with self._lock:
            # Another thread, or another worker, may have renewed it already.
            if self._open and self._open.key == opened.key:
                self._open = None
            stored = self._stored()
            if self.store and stored and stored.key == opened.key:
                self.store.forget(self._store_key)

    def _remember(self, opened: Open) -> None:
        if self.store:
            self.store.put(self._store_key, opened.to_bytes(), opened.seconds)

    def _stored(self) -> Open | None:
        stored = self.store.get(self._store_key) if self.store else None
        opened = Open.from_bytes(*stored) if stored else None
        return opened if opened and opened.fresh and self.transport.allows(opened.endpoint) else None

    @property
    def _store_key(self) -> str:
        """Differs with each part of the login, so that a wrong password never finds the session of the right one."""
        login = self.credentials
        parts = [
            RECORD_FORMAT,
            self.sender.id,
            login.company_id,
            login.user_id,
            login.password.reveal(),
            login.entity_id or "",
        ]
        return hmac.new(self.sender.password.reveal().encode(), json.dumps(parts).encode(), hashlib.sha256).hexdigest()


def _life(reply: Reply) -> timedelta | None:
    """How long the session lasts, by Intacct's clock alone. None where the reply does not tell."""
    told = reply.authentication
    if not told or not told.session_timestamp or not told.session_timeout:
        return None
    life = told.session_timeout - told.session_timestamp
    return min(life, LONGEST_LIFE) if life > timedelta() else None


def _said(data: Data, name: str) -> str:
    text = data.element.findtext(f"api/{name}")
    if not text:
        raise MisshapenReply(f"the login was answered without a {name}")
    return text
