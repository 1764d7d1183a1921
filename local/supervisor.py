"""Processes that are kept running, and what they say.

Stopping is cancelling: leave `kept` (or cancel the task inside it) and its processes are asked to, then made to.
"""

import asyncio
import os
import signal
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from shutil import which

from .console import Console
from .places import ROOT, Places, Refused

GRACE = 5.0  # seconds to stop in when asked; work cut short is taken up again from its row
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds before a dead process is started again, doubled each time …
STEADY = 10.0  # … until one has lived this long
PATIENCE = 60.0  # seconds for something to come up


@dataclass(frozen=True)
class Part:
    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    """What it gets when its supervisor was killed."""


@dataclass(frozen=True)
class Supervisor:
    places: Places
    console: Console

    @asynccontextmanager
    async def kept(self, *parts: Part) -> AsyncIterator[None]:
        """Keep `parts` running, each started again when it dies, until the context is left."""
        tasks = [asyncio.create_task(self._keep(part)) for part in parts]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def once(self, part: Part) -> None:
        """Run `part` to its end; raise Refused if it fails."""
        if code := await self._run(part):
            raise Refused(f"{part.name} failed (exit code {code}): its reason is above and in {self._log(part)}.")

    async def _keep(self, part: Part) -> None:
        pause = FIRST_PAUSE
        while True:
            began = time.monotonic()
            code = await self._run(part)
            if time.monotonic() - began > STEADY:
                pause = FIRST_PAUSE
            self.console.say(part.name, f"ended with {code}; starts again in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run(self, part: Part) -> int:
        """Run `part` once. A session of its own makes what it leaves behind findable, and keeps Ctrl-C away from it."""
        # Not asyncio's own pipe: with that, a process does not count as ended while a child of it still holds the pipe.
        read_end, write_end = os.pipe()
        process = await asyncio.create_subprocess_exec(
            *dies_with_us(part.orphan_signal), *part.command,
            cwd=ROOT, env=part.environment, stdin=DEVNULL, stdout=write_end, stderr=STDOUT, start_new_session=True,
        )  # fmt: skip
        os.close(write_end)
        pid_file = self.places.run / f"{part.name}.pid"
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
                self.console.say(name, line.decode(errors="replace"))
        transport.close()
        if rest:
            self.console.say(name, rest.decode(errors="replace"))

    def _log(self, part: Part) -> str:
        return os.path.relpath(self.places.logs / f"{part.name}.log")


def dies_with_us(orphan_signal: signal.Signals) -> list[str]:
    """The prefix with which Linux stops a process whose supervisor was killed; empty where there is no such thing."""
    return ["setpriv", "--pdeathsig", orphan_signal.name[3:], "--"] if which("setpriv") else []


async def end(process: Process, stop_signal: signal.Signals = signal.SIGTERM) -> None:
    """Ask `process` to stop, give it GRACE, then kill its group: children outlive a killed parent and keep its port."""
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
    """Wait until `ready` answers without an OSError, asking every `pause` seconds; raise Refused after PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            await ready()
            return
        except OSError as reason:
            if time.monotonic() > deadline:
                raise Refused(f"{what} did not come up in {PATIENCE:g} s ({reason}).") from reason
        await asyncio.sleep(pause)
