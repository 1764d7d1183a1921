"""The processes of the product, each worker twice: one process lives all the time, the other one is killed."""

import logging
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from accounts.models import User
from api.event_types import EventType
from api.webhooks.endpoints import endpoint_create
from core.queue_states import QUEUES
from local.commands import COMMANDS
from tests.api.client import create_token
from tests.mail.server import MailServer
from tests.support.processes import Running, answers, descendants, wait_until
from tests.support.receiver import Receiver
from tests.support.stack import Live, on_own_database

SECOND = " (killed)"


@dataclass
class Stack:
    """token: of the API key."""

    folder: Path
    live: Live
    processes: dict[str, Running]
    mail: MailServer
    receiver: Receiver
    token: str

    @property
    def lasting(self) -> dict[str, int]:
        """The processes whose memory is measured, since they are never killed. Beat is, as there is only one."""
        names = {name: process.pid for name, process in self.processes.items() if not name.endswith(SECOND)}
        return names | {"web": self.web_processes[0]}

    @property
    def web_processes(self) -> list[int]:
        """The processes that answer requests, the oldest first."""
        children = descendants(self.live.pid) - {self.live.pid}
        return sorted(children, key=start_time)


def start_time(pid: int) -> int:
    """When the process started, in ticks since the machine did."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except FileNotFoundError:
        return 2**63


@contextmanager
def start_stack(folder: Path, support: User) -> Iterator[Stack]:
    logging.getLogger("mail.log").setLevel(logging.WARNING)  # the server logs each command
    mail = MailServer()
    own = {"LEASE_SECONDS": "15", "SWEEP_SECONDS": "5", "EMAIL_URL": mail.url}
    environment = on_own_database() | own
    with ExitStack() as started:
        mail.start()
        started.callback(mail.stop)
        receiver = started.enter_context(Receiver())
        endpoint_create(actor=support, url=receiver.url, description="", event_types=list(EventType), customer=None)
        live = Live(folder, **own)
        processes = {"web": live, "beat": Running("beat", COMMANDS["beat"].split(), folder, environment)}
        for queue in QUEUES:
            command = COMMANDS[f"worker-{queue}"]
            processes[queue] = Running(queue, command.split(), folder, environment)
            second = command.replace(f"{queue}@", f"{queue}2@")
            processes[queue + SECOND] = Running(f"{queue}2", second.split(), folder, environment)
        for process in processes.values():
            started.enter_context(process).start()
        wait_until(lambda: answers(live.url), "the web server answers", patience=300)
        yield Stack(folder, live, processes, mail, receiver, create_token(support))


def kill(pid: int) -> None:
    os.kill(pid, 9)
