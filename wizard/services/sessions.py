"""A session with the Intacct company of a connection, for verification and SmartSync."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.db import connection as database
from django.db import transaction

from core.broker import broker
from core.encryption import Undecryptable, decrypt, encrypt
from core.leases import LeasedRow
from core.request_ids import request_id
from intacct.limiter import Limiter, Priority
from intacct.request import Login, Sender
from intacct.secret import Secret
from intacct.session import Session
from intacct.shared_session import OpenSession
from intacct.transport import DEADLINE, INTACCT_HOSTS, Gate, Transport
from wizard.models import Connection
from wizard.services.gateway_metrics import measure_exchange, measured_gate
from wizard.services.sign_ins import borrowed_database, one_sign_in, report_unreadable
from wizard.verification.secrets import PASSWORD, SecretUnreadable, secret_open

DEADLINES: dict[Priority, float] = {"check": 90.0, "sync": DEADLINE}
"""Seconds for one request with everything it repeats. A user waits for a check, and it makes at most five requests."""


def session_for(
    connection: Connection,
    *,
    work: LeasedRow | None,
    login: Login | None = None,
    priority: Priority = "sync",
    shared: bool = True,
) -> Session:
    """Return a session that signs in when first used. All workers together send a company two requests at a time.

    `work`: the claimed row for which requests are sent. A user may end it at any time, for example by disconnecting.
    Then the session sends nothing more and raises LeaseLost.
    `login` tries other credentials than the stored ones. Only the stored ones are guarded: see `services.sign_ins`.
    Syncs of all workers share a sign-in. A verification always signs in itself, or it would not check the sign-in.
    Raises SecretUnreadable.
    """
    kind = Session if login else partial(GuardedSession, connection)
    sender = Sender(settings.INTACCT_SENDER_ID, Secret(settings.INTACCT_SENDER_PASSWORD))
    transport = Transport(
        settings.INTACCT_ENDPOINT, allowed_hosts(), deadline=DEADLINES[priority], observe=measure_exchange
    )
    store = SharedSessions(broker(), work) if shared else None
    gate = partial(_open_for, work, partial(measured_gate, _limiter().gate(connection.company_id, priority), priority))
    return kind(transport, sender, login or _stored_login(connection), store, gate=gate, label=f"{request_id()}:")


class GuardedSession(Session):
    """A session that signs in with the current password only if it may: see `services.sign_ins`."""

    def __init__(self, connection: Connection, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection = connection

    def _ask_with_password(self) -> OpenSession:
        with one_sign_in(self.connection):
            return super()._ask_with_password()


def _stored_login(connection: Connection) -> Login:
    try:
        password = secret_open(connection, PASSWORD)
    except SecretUnreadable:
        report_unreadable(connection)
        raise
    return Login(connection.company_id, connection.user_id, password)


@contextmanager
def _open_for(work: LeasedRow | None, gate: Gate) -> Iterator[None]:
    """Open the gate if the work was not ended, and wait for Intacct without a database connection.

    Dozens of threads of a worker wait at once, and PostgreSQL has a hundred connections for all processes together.
    """
    if not database.in_atomic_block:
        database.close()
    with gate():
        # Not earlier: the work may be ended while it waits for the gate.
        if work:
            with borrowed_database():
                work.check_lease()
        yield


def forget_sessions(connection: Connection, entity_ids: Iterable[str]) -> None:
    """Delete the connection's open sessions that workers share, at the top level and at these entities, on commit."""
    try:
        password = secret_open(connection, PASSWORD)
    except SecretUnreadable:
        return  # without it no worker can find them, and they expire
    top = session_for(connection, work=None, login=Login(connection.company_id, connection.user_id, password))
    for session in (top, *map(top.entity, entity_ids)):
        transaction.on_commit(session.forget)


def leave_places() -> None:
    """Free the request slots of this process when it stops. It will not read those replies."""
    _limiter().leave_all()


def allowed_hosts() -> tuple[str, ...]:
    """Return Intacct's hosts; in practice mode only the address of the practice company."""
    if not settings.PRACTICE:
        return INTACCT_HOSTS
    parts = urlsplit(settings.INTACCT_ENDPOINT)
    return (f"{parts.scheme}://{parts.netloc}",)


class SharedSessions:
    """Open sessions that workers share through the broker, encrypted. Without a broker, each worker has its own."""

    def __init__(self, broker: redis.Redis, work: LeasedRow | None = None) -> None:
        self.broker = broker
        self.work = work

    def get(self, key: str) -> tuple[bytes, float] | None:
        pipeline = self.broker.pipeline()
        pipeline.get(_cache_key(key))
        pipeline.pttl(_cache_key(key))
        try:
            envelope, milliseconds = pipeline.execute()
            record = decrypt(envelope or b"", key.encode())
        except (redis.RedisError, Undecryptable):
            return None
        return record, milliseconds / 1000

    def put(self, key: str, record: bytes, seconds: float) -> None:
        """Save a session. It expires by the broker's clock, so that no worker's clock matters."""
        # A disconnect deletes the sessions. A reply that comes after it must not bring one back.
        if self.work:
            with borrowed_database():
                self.work.check_lease()
        with suppress(redis.RedisError):
            self.broker.set(_cache_key(key), encrypt(record, key.encode()), px=max(1, round(seconds * 1000)))

    def forget(self, key: str) -> None:
        with suppress(redis.RedisError):
            self.broker.delete(_cache_key(key))


def _cache_key(key: str) -> str:
    return f"intacct-session:{key}"


@cache
def _limiter() -> Limiter:
    return Limiter(broker())
