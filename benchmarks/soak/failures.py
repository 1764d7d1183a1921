"""What goes wrong: gateway, email server and a receiver of webhooks fail, processes are killed or hang."""

from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

from beanworks_connect.heartbeat import broker
from core.queue_states import QUEUES
from tests.support.processes import Running

from .customers import Customer, control
from .figures import Figures
from .stack import SECOND, Stack, kill

BROKER, WEB, HANGS = "broker restarted", "web process killed", "worker hangs"
FAULTS: tuple[dict[str, Any], ...] = (
    {"name": "rate-limit", "share": 0.5},
    {"name": "rate-limit-text", "calls": 2},
    {"name": "gateway-failure", "calls": 2},
    {"name": "bad-gateway", "share": 0.5},
    {"name": "unavailable", "calls": 5},
    {"name": "status-500", "calls": 3},
    {"name": "timeout", "calls": 1},
    {"name": "html", "calls": 1},
    {"name": "cloudflare", "calls": 1},
    {"name": "empty", "calls": 2},
    {"name": "truncated", "calls": 3},
    {"name": "lost-reply", "calls": 2},
    {"name": "pause", "calls": 2},
    {"name": "slow"},
    {"name": "stalled"},
    {"name": "stalled-reply", "seconds": 8, "calls": 2},
    {"name": "expired-session", "calls": 1},
    {"name": "off-line", "calls": 1},
    {"name": "too-many-operations", "calls": 2},
    {"name": "in-process", "calls": 2},
)
"""Failures of the gateway that pass. Without `calls` they last until the next change."""


def change_fault(customer: Customer, random: Random, figures: Figures) -> None:
    """End the faults of a company, and in half of the cases turn another one on."""
    end_faults(customer)
    if random.random() < 0.5:
        fault = random.choice(FAULTS)
        control(customer, "fault", **fault)
        figures.note_failure(f"gateway: {fault['name']}")


def end_faults(customer: Customer) -> None:
    control(customer, "fault", "DELETE")


class Failures:
    """Lets one thing after the other fail, in random order. What hangs or refuses does so until the next failure."""

    def __init__(self, stack: Stack, figures: Figures, random: Random) -> None:
        self.stack = stack
        self.figures = figures
        self.random = random
        self.ends: list[Callable[[], object]] = []
        self.left: list[tuple[str, Callable[[], object]]] = []

    def cause_next(self) -> None:
        self.end_all()
        if not self.left:
            self.left = [*self._all()]
            self.random.shuffle(self.left)
        name, cause = self.left.pop()
        self.figures.note_failure(name)
        cause()

    def end_all(self) -> None:
        while self.ends:
            self.ends.pop()()

    def _all(self) -> Iterator[tuple[str, Callable[[], object]]]:
        for queue in QUEUES:
            second = self.stack.processes[queue + SECOND]
            yield f"worker killed: {queue}", partial(kill_and_start, second)
            yield f"worker stopped: {queue}", partial(stop_and_start, second)
            if queue in ("syncs", "checks", "webhooks"):
                yield f"{HANGS}: {queue}", partial(self._hang, self.stack.processes[queue])
            yield WEB, self._kill_web_process
        for _ in range(3):
            yield "worker killed: syncs", partial(kill_and_start, self.stack.processes["syncs" + SECOND])
        yield "beat killed", partial(kill_and_start, self.stack.processes["beat"])
        yield BROKER, restart_broker
        yield "email server refuses", self._refuse_emails
        yield "webhooks refused", partial(self.stack.receiver.statuses.extend, [500] * 2)

    def _hang(self, process: Running) -> None:
        process.rest()
        self.ends.append(process.wake)

    def _kill_web_process(self) -> None:
        """Kill the process that replaced the last one that was killed, so that the other one lives all the time."""
        for pid in self.stack.web_processes[1:][-1:]:
            kill(pid)

    def _refuse_emails(self) -> None:
        self.stack.mail.post.answer = {"RCPT": "451 Try again later"}
        self.ends.append(self.stack.mail.post.answer.clear)


def kill_and_start(process: Running) -> None:
    process.kill9()
    process.start()


def stop_and_start(process: Running) -> None:
    process.stop()
    process.start()


def restart_broker() -> None:
    """Kill the broker. Its supervisor starts it again."""
    kill(broker().info("server")["process_id"])
