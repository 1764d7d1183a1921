"""At most two requests in flight per Intacct company, however many workers there are.

Intacct gives a company few places and answers 429 beyond them. Places are leases in Redis: a worker that is killed
loses its place when the lease ends. Who waits for a person goes first; among equals, who came first.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Literal

import redis
from redis.commands.core import Script

from intacct.errors import CompanyBusy
from intacct.transport import Gate

log = logging.getLogger(__name__)

PLACES = 2
LEASE = 30.0
"""Seconds a place is kept without a sign of life; the holder gives one every third of it."""
PATIENCE = 120.0
"""Seconds to wait for a place."""
SILENCE = 2.0
"""Seconds after which a waiter that stopped asking loses its turn."""
POLL = 0.05

# KEYS: places (token → end of lease), queue (token → rank, then arrival), alive (token → when a waiter counts as gone).
# ARGV: token, rank, number of places, lease and silence in ms. Times are Redis' own: workers' clocks do not matter.
ENTER = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local token, lease = ARGV[1], tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now)) do
  redis.call('ZREM', KEYS[2], gone)
  redis.call('ZREM', KEYS[3], gone)
end
if not redis.call('ZSCORE', KEYS[2], token) then
  redis.call('ZADD', KEYS[2], ARGV[2] * 4e15 + time[1] * 1e6 + time[2], token)
end
redis.call('ZADD', KEYS[3], now + ARGV[5], token)
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, 10 * lease) end
local free = ARGV[3] - redis.call('ZCARD', KEYS[1])
if redis.call('ZRANK', KEYS[2], token) >= free then return 0 end
redis.call('ZREM', KEYS[2], token)
redis.call('ZREM', KEYS[3], token)
redis.call('ZADD', KEYS[1], now + lease, token)
return 1
"""

RENEW = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZADD', KEYS[1], 'XX', now + ARGV[2], ARGV[1])
"""

LEAVE = "for _, key in ipairs(KEYS) do redis.call('ZREM', key, ARGV[1]) end"


Priority = Literal["check", "sync"]
RANK: dict[Priority, int] = {"check": 0, "sync": 1}


class _Keeper:
    """Gives a sign of life for every place held, from one thread, which ends when there is none.

    A thread for each request would cost those that ask more time than all else they do.
    """

    def __init__(self, renew: Callable[[list[str], str], object], every: float) -> None:
        self._renew = renew
        self._every = every
        self._held: dict[str, list[str]] = {}
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def keep(self, keys: list[str], token: str) -> Iterator[None]:
        with self._guard:
            self._held[token] = keys
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._guard:
                del self._held[token]

    def held(self) -> dict[str, list[str]]:
        """The keys of each place that is held, by its token."""
        with self._guard:
            return {**self._held}

    def _run(self) -> None:
        while held := self._later_held():
            for token, keys in held.items():
                self._renew(keys, token)

    def _later_held(self) -> dict[str, list[str]]:
        time.sleep(self._every)
        with self._guard:
            if not self._held:
                self._thread = None
            return {**self._held}


class Limiter:
    """Hands out places. Without its Redis it lets everyone through: Intacct's own limit then still holds."""

    def __init__(
        self, client: redis.Redis, *, places: int = PLACES, lease: float = LEASE, patience: float = PATIENCE
    ) -> None:
        self._places = places
        self._lease = lease
        self._patience = patience
        self._enter = client.register_script(ENTER)
        self._renew = client.register_script(RENEW)
        self._leave = client.register_script(LEAVE)
        self._keeper = _Keeper(lambda keys, token: self._run(self._renew, keys, token, _ms(lease)), lease / 3)

    def gate(self, company_id: str, priority: Priority = "sync") -> Gate:
        """For `Session(gate=…)`: waits for a place, keeps it during the request, gives it back."""
        return partial(self._place, _keys(company_id), priority)

    def leave_all(self) -> None:
        """Give back every place of this process, which is about to end while its requests still wait for an answer."""
        for token, keys in self._keeper.held().items():
            self._run(self._leave, keys, token)

    @contextmanager
    def _place(self, keys: list[str], priority: Priority) -> Iterator[None]:
        token = uuid.uuid4().hex
        try:
            self._wait(keys, token, priority)
            with self._keeper.keep(keys, token):
                yield
        finally:
            self._run(self._leave, keys, token)

    def _wait(self, keys: list[str], token: str, priority: Priority) -> None:
        end = time.monotonic() + self._patience
        asked = (token, RANK[priority], self._places, _ms(self._lease), _ms(SILENCE))
        while self._run(self._enter, keys, *asked) == 0:
            if time.monotonic() > end:
                raise CompanyBusy("other requests of ours to this company took all its places for too long")
            time.sleep(POLL)

    def _run(self, script: Script, keys: list[str], *args: str | int) -> object:
        try:
            return script(keys, args)
        except redis.RedisError:
            log.warning("Requests to Intacct are not being limited: Redis does not answer")
            return None


def _keys(company_id: str) -> list[str]:
    company = company_id.strip().casefold()
    return [f"intacct:{{{company}}}:{part}" for part in ("places", "queue", "alive")]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
