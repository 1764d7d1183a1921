"""Sessions: each call made with one pushes its end on. They live as long as the process."""

import secrets
import time
from dataclasses import dataclass
from threading import Lock


@dataclass
class Session:
    id: str
    company: str
    user: str
    entity: str
    timeout: float


_sessions: dict[str, Session] = {}
_lock = Lock()


def start(company: str, user: str, entity: str, seconds: float) -> Session:
    session = Session(secrets.token_urlsafe(24), company, user, entity, time.time() + seconds)
    with _lock:
        _sessions[session.id] = session
    return session


def find(session_id: str) -> Session | None:
    """The session, unless it has run out."""
    with _lock:
        session = _sessions.get(session_id)
        if session and session.timeout < time.time():
            del _sessions[session_id]
            return None
        return session


def slide(session: Session, seconds: float) -> None:
    session.timeout = time.time() + seconds


def end_all(company: str) -> None:
    """Every session of the company runs out at once."""
    with _lock:
        for each in [each for each in _sessions.values() if each.company == company]:
            del _sessions[each.id]
