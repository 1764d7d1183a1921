"""A session with the Intacct company of a connection, for verification and SmartSync."""

from contextlib import suppress
from datetime import datetime
from functools import cache
from urllib.parse import urlsplit

import redis
from django.conf import settings

from core.broker import broker
from envelope import envelope_open, envelope_seal
from intacct.limiter import Limiter, Priority
from intacct.request import Login, Sender
from intacct.secret import Secret
from intacct.session import Session
from intacct.transport import INTACCT_HOSTS, Transport
from wizard.models import Connection
from wizard.secrets import PASSWORD, secret_open


def session_for(
    connection: Connection, *, priority: Priority = "sync", field: str = PASSWORD, shared: bool = True
) -> Session:
    """Signs in when first used. At most two requests of all workers together are on their way to one company.

    `field` names the stored secret: the one in use, or the one to be proved.
    Syncs of all workers share a sign-in; what verifies always makes its own, or it would prove nothing.
    """
    login = Login(connection.company_id, connection.user_id, secret_open(connection, field))
    sender = Sender(settings.INTACCT_SENDER_ID, Secret(settings.INTACCT_SENDER_PASSWORD))
    transport = Transport(settings.INTACCT_ENDPOINT, allowed_hosts())
    store = SharedSessions(broker()) if shared else None
    return Session(transport, sender, login, store, gate=_limiter().gate(connection.company_id, priority))


def allowed_hosts() -> tuple[str, ...]:
    """Intacct's own; in practice mode the practice company's address and nothing else."""
    if not settings.PRACTICE:
        return INTACCT_HOSTS
    parts = urlsplit(settings.INTACCT_ENDPOINT)
    return (f"{parts.scheme}://{parts.netloc}",)


class SharedSessions:
    """Open sessions for other workers to use, sealed, until they end. Without a broker every worker has its own."""

    def __init__(self, broker: redis.Redis) -> None:
        self.broker = broker

    def get(self, key: str) -> bytes | None:
        try:
            sealed = self.broker.get(_named(key))
        except redis.RedisError:
            return None
        return envelope_open(sealed, key.encode()) if isinstance(sealed, bytes) else None

    def put(self, key: str, record: bytes, expires_at: datetime) -> None:
        with suppress(redis.RedisError):
            self.broker.set(_named(key), envelope_seal(record, key.encode()), exat=expires_at)

    def forget(self, key: str) -> None:
        with suppress(redis.RedisError):
            self.broker.delete(_named(key))


def _named(key: str) -> str:
    return f"intacct-session:{key}"


@cache
def _limiter() -> Limiter:
    return Limiter(broker())
