"""Supervised processes and their output.

To stop them, leave `keep_running` or cancel the task inside it: its processes get a signal, and after GRACE are killed.
"""

import asyncio
import os
import signal
import subprocess
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import which

from local.paths import ROOT, Folders, Refused

from .console import Console

GRACE = 5.0  # seconds to stop after the signal; interrupted work is resumed from its row
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds before a dead process is restarted, doubled each time …
STEADY = 10.0  # … until a process has run for this long
PATIENCE = 60.0  # seconds for a part to start
LAST_LINES = 12  # of a log, shown when its part failed
# Waits until its input closes, which only the end of the supervisor does.
KILL_ORPHANS = f"""
read -r _
pids=$(cat ./*.pid)
sleep {GRACE:g}
for pid in $pids; do kill -s KILL -- "-$pid"; done
"""


@dataclass(frozen=True)
class Part:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    """The signal it gets when its supervisor is killed."""


@dataclass(frozen=True)
class Supervisor:
    folders: Folders
    console: Console

    @asynccontextmanager
    async def keep_running(self, *parts: Part) -> AsyncIterator[None]:
        """Run `parts`, and restart each one that dies, until the context is left."""
        tasks = [asyncio.create_task(self._keep(part)) for part in parts]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def run_once(self, part: Part) -> None:
        """Run `part` until it ends. Raise Refused if it fails."""
        if code := await self._run(part):
            end = "\n".join(f"  {line}" for line in self._log(part).read_text().splitlines()[-LAST_LINES:])
            raise Refused(
                f"{part.name} failed (exit code {code}). The end of {os.path.relpath(self._log(part))}:\n{end}"
            )

    async def _keep(self, part: Part) -> None:
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            code = await self._run(part)
            if time.monotonic() - began > STEADY:
                pause = FIRST_PAUSE
            self.console.say(
                part.name, f"ended with {code}; starts again in {pause:g} s. See {os.path.relpath(self._log(part))}"
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run(self, part: Part) -> int:
        """Run `part` once and return its exit code.

        It gets its own session: the process group lets us kill children it leaves behind, and Ctrl-C does not reach it.
        """
        # Not asyncio's own pipe: with it, a process does not count as ended while one of its children holds the pipe.
        read_end, write_end = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *dies_with_us(part.orphan_signal), *part.command,
            cwd=ROOT, env=part.environment, stdin=DEVNULL, stdout=write_end, stderr=STDOUT, start_new_session=True,
        )  # fmt: skip
        os.close(write_end)
        pid_file = self.folders.run / f"{part.name}.pid"
        pid_file.write_text(f"{process.pid}\n")
        copying = asyncio.create_task(self._copy(read_end, part.name))
        try:
            return await process.wait()
        finally:
            await end(process, part.stop_signal)
            await asyncio.wait([copying], timeout=1)
            copying.cancel()
            pid_file.unlink(missing_ok=True)

    async def _copy(self, pipe: int, name: str) -> None:
        reader, rest = asyncio.StreamReader(), b""
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(pipe, "rb"))
        while data := await reader.read(1 << 16):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self.console.copy(name, line.decode(errors="replace"))
        transport.close()
        if rest:
            self.console.copy(name, rest.decode(errors="replace"))

    def _log(self, part: Part) -> Path:
        return self.folders.logs / f"{part.name}.log"


@contextmanager
def kill_orphans(folders: Folders) -> Iterator[None]:
    """If the supervisor is killed inside the context, kill the parts that still run GRACE seconds later.

    Linux has asked them to stop by then (`dies_with_us`), but a part can hang while it stops.
    """
    for left_behind in folders.run.glob("*.pid"):
        left_behind.unlink()
    watcher = subprocess.Popen(
        ["/bin/sh", "-c", KILL_ORPHANS], cwd=folders.run, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with watcher:
        try:
            yield
        finally:
            watcher.kill()


def dies_with_us(orphan_signal: signal.Signals) -> list[str]:
    """Return a command prefix that makes Linux send a signal when the supervisor is killed; empty on other systems."""
    return ["setpriv", "--pdeathsig", orphan_signal.name[3:], "--"] if which("setpriv") else []


async def end(process: Process, stop_signal: signal.Signals = signal.SIGTERM) -> None:
    """Signal `process` to stop, wait GRACE, then kill its group: children outlive a killed parent and hold its port."""
    try:
        if process.returncode is None:
            process.send_signal(stop_signal)
            await asyncio.wait_for(process.wait(), GRACE)
    except (ProcessLookupError, TimeoutError):
        pass
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        if process.returncode is None:
            await process.wait()


async def until(ready: Callable[[], Awaitable[object]], what: str, *, pause: float = 0.05) -> None:
    """Wait until `ready` raises no OSError, calling it every `pause` seconds. Raise Refused after PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            await ready()
            return
        except OSError as reason:
            if time.monotonic() > deadline:
                raise Refused(f"{what} did not come up in {PATIENCE:g} s ({reason}).") from reason
        await asyncio.sleep(pause)
