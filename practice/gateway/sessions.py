"""Sessions. Each call with a session extends it. They are lost when the process ends."""

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
    """Return the session, or None if it is unknown or has expired."""
    with _lock:
        session = _sessions.get(session_id)
        if session and session.timeout < time.time():
            del _sessions[session_id]
            return None
        return session


def extend(session: Session, seconds: float) -> None:
    session.timeout = time.time() + seconds


def end_all(company: str) -> None:
    """End every session of the company."""
    with _lock:
        for session in [session for session in _sessions.values() if session.company == company]:
            del _sessions[session.id]
