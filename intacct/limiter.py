"""Limit the concurrent requests to one Intacct company to two, for all workers together.

Intacct allows a company few concurrent requests and answers 429 beyond that. A slot is the right to send one request.
It is a lease in Redis, so a worker that is killed loses its slot when the lease ends. Requests that a user waits for
go first; among equal requests, the one that came first.
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

SLOTS = 2
"""Concurrent requests per company."""
LEASE = 30.0
"""Seconds until a slot expires if it is not renewed. Its holder renews it three times in that time."""
PATIENCE = 120.0
"""Seconds to wait for a slot."""
SILENCE = 2.0
"""Seconds after which a waiting request that no longer asks loses its position in the queue."""
POLL = 0.05
"""Seconds between two questions for a slot."""

# KEYS: slots (token → end of lease), queue (token → rank, then time of arrival), alive (token → when a waiting request
# counts as gone). ARGV: token, rank, number of slots, lease and silence in ms. All times are by the clock of Redis, so
# the clocks of the workers do not matter. Redis runs a script as one step, so two workers never take the same slot.
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
    """Renew the lease of every slot that this process holds, from one thread, which ends when there is none.

    A thread for every request would cost this process more time than all its other work on the request.
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
        """Return the Redis keys of every slot that this process holds, by its token."""
        with self._guard:
            return {**self._held}

    def _run(self) -> None:
        while held := self._wait_and_list():
            for token, keys in held.items():
                self._renew(keys, token)

    def _wait_and_list(self) -> dict[str, list[str]]:
        time.sleep(self._every)
        with self._guard:
            # Under the same lock as in `keep`, so that a new slot never finds a thread that is about to end.
            if not self._held:
                self._thread = None
            return {**self._held}


class Limiter:
    """Give slots to requests. If Redis does not answer, every request goes through: Intacct's own limit still holds.

    client: Redis. slots: concurrent requests per company. lease, patience: seconds; see `LEASE` and `PATIENCE`.
    """

    def __init__(
        self, client: redis.Redis, *, slots: int = SLOTS, lease: float = LEASE, patience: float = PATIENCE
    ) -> None:
        self._slots = slots
        self._lease = lease
        self._patience = patience
        self._enter = client.register_script(ENTER)
        self._renew = client.register_script(RENEW)
        self._leave = client.register_script(LEAVE)
        self._keeper = _Keeper(lambda keys, token: self._run(self._renew, keys, token, _ms(lease)), lease / 3)

    def gate(self, company_id: str, priority: Priority = "sync") -> Gate:
        """Return a gate for `Session(gate=…)`: it waits for a slot, keeps it during the request and releases it.

        Entering the gate raises CompanyBusy if there is no slot for `patience` seconds.
        """
        return partial(self._slot, _keys(company_id), priority)

    def leave_all(self) -> None:
        """Release every slot of this process. For a process that ends while its requests still wait for a reply."""
        for token, keys in self._keeper.held().items():
            self._run(self._leave, keys, token)

    @contextmanager
    def _slot(self, keys: list[str], priority: Priority) -> Iterator[None]:
        token = uuid.uuid4().hex
        try:
            self._wait(keys, token, priority)
            with self._keeper.keep(keys, token):
                yield
        finally:
            self._run(self._leave, keys, token)

    def _wait(self, keys: list[str], token: str, priority: Priority) -> None:
        end = time.monotonic() + self._patience
        arguments = (token, RANK[priority], self._slots, _ms(self._lease), _ms(SILENCE))
        while self._run(self._enter, keys, *arguments) == 0:
            if time.monotonic() > end:
                raise CompanyBusy("our other requests to this company used all its slots for too long")
            time.sleep(POLL)

    def _run(self, script: Script, keys: list[str], *args: str | int) -> object:
        try:
            return script(keys, args)
        except redis.RedisError:
            log.warning("Requests to Intacct are not being limited: Redis does not answer")
            return None


def _keys(company_id: str) -> list[str]:
    company = company_id.strip().casefold()
    # In a Redis cluster, the braces put all keys of a company on one node, as scripts need.
    return [f"intacct:{{{company}}}:{part}" for part in ("slots", "queue", "alive")]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
