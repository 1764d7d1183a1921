"""A session with the Intacct company of a connection, for verification and SmartSync."""

from functools import cache
from urllib.parse import urlsplit

import redis
from django.conf import settings

from intacct.limiter import Limiter, Priority
from intacct.request import Login, Sender
from intacct.secret import Secret
from intacct.session import Session
from intacct.transport import INTACCT_HOSTS, Transport
from wizard.models import Connection
from wizard.secrets import secret_open


def session_for(connection: Connection, *, priority: Priority = "sync") -> Session:
    """Signs in when first used. At most two requests of all workers together are on their way to one company."""
    login = Login(connection.company_id, connection.user_id, secret_open(connection, "password"))
    sender = Sender(settings.INTACCT_SENDER_ID, Secret(settings.INTACCT_SENDER_PASSWORD))
    transport = Transport(settings.INTACCT_ENDPOINT, allowed_hosts())
    return Session(transport, sender, login, gate=_limiter().gate(connection.company_id, priority))


def allowed_hosts() -> tuple[str, ...]:
    """Intacct's own; in practice mode the practice company's address and nothing else."""
    if not settings.PRACTICE:
        return INTACCT_HOSTS
    parts = urlsplit(settings.INTACCT_ENDPOINT)
    return (f"{parts.scheme}://{parts.netloc}",)


@cache
def _limiter() -> Limiter:
    return Limiter(redis.Redis.from_url(settings.REDIS_URL))
