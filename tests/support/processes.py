"""Parts of the product as real processes on the test database and broker."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self, TypeVar

import requests

ROOT = Path(__file__).resolve().parents[2]
Value = TypeVar("Value")
PATIENCE = 60.0  # seconds; generous for a busy machine, because only a failure takes this long


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(true: Callable[[], Value], what: str, patience: float = PATIENCE, poll: float = 0.02) -> Value:
    """Wait until `true` returns a true value, and return it. Fail with `what` after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not (value := true()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {patience:g} s")
        # Another process brings it about, and this one gets no signal of it.
        time.sleep(poll)
    return value


def answers(address: str) -> bool:
    """Whether there is any reply at this address, even one that reports another part as down."""
    try:
        requests.get(address, timeout=5)
    except (requests.ConnectionError, requests.Timeout):
        # On a busy machine, the first answer of a process that has just started may take longer.
        return False
    return True


def answering_processes(web: "Running") -> int:
    """How many processes of a web server have started to answer. Before, they load the product and ignore SIGTERM."""
    return web.said().count("Started worker-")


def descendants(of: int) -> set[int]:
    """Return the process `of` and all its descendants."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    pids = {of}
    while more := {pid for pid, parent in parents.items() if parent in pids} - pids:
        pids |= more
    return pids


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop the process and all its descendants until the block ends."""
    pids = descendants(pid)
    try:
        _send_to_all(pids, signal.SIGSTOP)
        yield
    finally:
        _send_to_all(pids, signal.SIGCONT)


def _send_to_all(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        # Since it was listed, a process may have ended, such as that of a database connection that was closed.
        with suppress(ProcessLookupError):
            os.kill(pid, number)


class Running:
    """A process and its children, with the output in a file. It can be started, killed and restarted."""

    def __init__(self, name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.log = folder / f"{name}.log"
        self._command = list(command)
        # The programs of the virtual environment that runs the tests come first.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self._environment = {**environment, "PATH": path, "PYTHONUNBUFFERED": "1"}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, cwd=ROOT, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )

    def kill9(self) -> None:
        """Kill it and its children without a chance to clean up, as a power failure does."""
        self._end(signal.SIGKILL)

    def rest(self) -> None:
        """Pause it and its children; `wake` resumes them."""
        os.killpg(self.pid, signal.SIGSTOP)

    def wake(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)

    def stop(self) -> None:
        if self.alive:
            self.wake()
            self._end(signal.SIGTERM)
        self._end(signal.SIGKILL)

    def wait(self) -> int:
        """Wait until it ends by itself. Return its exit code."""
        assert self._process
        return self._process.wait(timeout=PATIENCE)

    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def _end(self, number: signal.Signals) -> None:
        if not self._process:
            return
        try:
            os.killpg(self._process.pid, number)
            self._process.wait(timeout=10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass
