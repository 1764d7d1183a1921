"""Share open sessions between workers: what a record holds, and the key it is stored under."""

import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, Self

from intacct.request import Login, Sender, SessionKey
from intacct.transport import Channel

MARGIN = timedelta(minutes=1)
"""A session this close to its end is renewed instead of used. A stored end may also be wrong by this much."""
RECORD_FORMAT = "2"
"""Other workers may still run the previous release. With the format in the key, neither reads what the other stored."""


class Store(Protocol):
    """Share sessions between workers.

    A record is worth as much as a password: encrypt it before you write it.
    """

    def get(self, key: str) -> tuple[bytes, float] | None:
        """Return the record and the seconds until it expires, or None if there is none."""

    def put(self, key: str, record: bytes, seconds: float) -> None:
        """Store the record for this many seconds."""

    def forget(self, key: str) -> None:
        """Delete the record, if there is one."""


@dataclass(frozen=True)
class OpenSession:
    """Hold an open session: its key, where to send requests, when it ends, and its entity ID ("" at the top level).

    `ends_at` is a time of `time.monotonic`, so that a change of a clock, ours or Intacct's, cannot make a session
    look expired while it is open.
    """

    key: SessionKey
    endpoint: str
    ends_at: float
    entity_id: str = ""

    def to_bytes(self) -> bytes:
        """Return the record for a `Store`. It lacks the end of the session, which the store keeps."""
        # JSON, because reading a pickle would run any code that someone wrote into the store.
        return json.dumps([self.key.reveal(), self.endpoint, self.entity_id]).encode()

    @classmethod
    def from_bytes(cls, record: bytes, seconds: float) -> Self:
        """Read a record that `to_bytes` wrote. `seconds`: how long the session still lasts."""
        key, endpoint, entity_id = json.loads(record)
        # The end is not in the record: each machine's monotonic clock starts at another moment.
        return cls(SessionKey(key), endpoint, time.monotonic() + seconds, entity_id)

    @property
    def seconds(self) -> float:
        """Seconds until the session ends; negative after its end."""
        return self.ends_at - time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether the session lasts longer than `MARGIN`, so that a request may still use it."""
        return self.seconds > MARGIN.total_seconds()


class SharedSession:
    """Keep the open session of one login in a store, where other workers find it.

    store: None if sessions are not shared; then nothing is stored and nothing is found.
    channel: knows which hosts are allowed.
    """

    def __init__(self, store: Store | None, sender: Sender, login: Login, channel: Channel) -> None:
        self.store = store
        self.sender = sender
        self.login = login
        self.channel = channel

    def get(self) -> OpenSession | None:
        """Return the stored session, if it may still be used."""
        record = self.store.get(self._key) if self.store else None
        # The allowed hosts may have changed since another worker stored the session.
        opened = OpenSession.from_bytes(*record) if record else None
        return opened if opened and opened.is_fresh and self.channel.allows(opened.endpoint) else None

    def put(self, opened: OpenSession) -> None:
        """Store this session for as long as it lasts."""
        if self.store:
            # The store deletes it at its end. An expired session there would only delay the next sign-in.
            self.store.put(self._key, opened.to_bytes(), opened.seconds)

    def forget(self, opened: OpenSession) -> None:
        """Delete this session from the store, unless another worker has stored a new one since."""
        # Two workers may learn of the same ended session. The slower one must not delete what the other has stored.
        # Between reading and deleting that can still happen, and costs one more sign-in, which is not worth a lock.
        stored = self.get()
        if self.store and stored and stored.key == opened.key:
            self.store.forget(self._key)

    def forget_any(self) -> None:
        """Delete the stored session of this login, if there is one."""
        if self.store:
            self.store.forget(self._key)

    @property
    def _key(self) -> str:
        """A key that depends on every part of the login, so that a wrong password never finds the right one's session.

        It is an HMAC: the store sees no part of the login, and cannot test guesses of the password.
        """
        login = self.login
        # A list in JSON: joined by a separator, the parts of two different logins could give the same text.
        parts = [
            RECORD_FORMAT,
            self.sender.id,
            login.company_id,
            login.user_id,
            login.password.reveal(),
            login.entity_id or "",
        ]
        # The sender's password is the HMAC's key, because it is neither in the store nor a customer's.
        return hmac.new(self.sender.password.reveal().encode(), json.dumps(parts).encode(), hashlib.sha256).hexdigest()
