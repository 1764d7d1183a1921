"""The commands of the stack: serve everything, provide its services, run a command with them, restore a backup."""

import asyncio
import os
import shlex
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence

from local.paths import ROOT, Folders, Refused, refuse_taken_port

from .commands import CELERY, COMMANDS
from .console import Console
from .environment import LOOPBACK, PRODUCTION, Environment, product, with_overrides
from .services import services
from .supervisor import Part, Supervisor, end, until

SERVED = ("web", *(name for name in COMMANDS if name.startswith("worker-")), "beat")
PORT, PRACTICE_PORT = 8000, 8001
WELCOME = """
Beanworks Connect   http://127.0.0.1:{port}
Practice company    http://127.0.0.1:{practice_port}
   Intacct is at    {gateway}

{who}

Enter shows this again. Ctrl-C stops everything. Logs are in var/logs.
"""


async def run(folders: Folders) -> int:
    """Serve the product and the practice company until canceled."""
    port, practice_port = _port("PORT", PORT), _port("PRACTICE_PORT", PRACTICE_PORT)
    if port == practice_port:
        raise Refused(f"PORT and PRACTICE_PORT are both {port}. Choose two ports.")
    supervisor = Supervisor(folders, Console(folders.logs, verbose=os.environ.get("VERBOSE") == "1"))
    step = supervisor.console.step
    async with services(supervisor, durable=True) as addresses:
        own = product(folders, port, practice_port) | addresses
        environment = with_overrides(own)

        def part(name: str) -> Part:
            command = COMMANDS[name].format(host=LOOPBACK, practice_port=practice_port)
            # SIGKILL: on SIGTERM, a worker without a broker would wait for the broker forever. Its rows in the
            # database survive, so another worker resumes them.
            orphan_signal = signal.SIGKILL if command.startswith(CELERY) else signal.SIGTERM
            return Part(name, command.split(), environment, orphan_signal=orphan_signal)

        async with supervisor.keep_running(part("practice")):
            async with step("Preparing the database"):
                await supervisor.run_once(part("migrate"))
            async with step("Loading the demonstration"):
                await _wait_for_answer(f"http://127.0.0.1:{practice_port}/", "The practice company")
                await supervisor.run_once(part("demo"))
            # Another stack may have started on this port since. Its answer would count as that of our web server.
            refuse_taken_port(port, "PORT")
            async with supervisor.keep_running(*map(part, SERVED)):
                # Before it is healthy: a stack whose key was lost needs `scripts/manage rotate_keys` for that.
                with folders.announce(own):
                    async with step("Starting the product"):
                        people = asyncio.create_task(_read_sign_ins(environment))
                        await _wait_for_answer(f"http://127.0.0.1:{port}/healthz", "The product")
                        who = await people
                    gateway = environment["INTACCT_ENDPOINT"]
                    welcome = WELCOME.format(port=port, practice_port=practice_port, gateway=gateway, who=who)
                    await _show_until_canceled(welcome)
    return 0


async def _show_until_canceled(welcome: str) -> None:
    """Print the addresses, and again whenever the user presses Enter: the lines of requests push them away."""
    print(welcome, flush=True)
    if sys.stdin and sys.stdin.isatty():

        def repeat() -> None:
            sys.stdin.readline()
            print(welcome, flush=True)

        asyncio.get_running_loop().add_reader(sys.stdin, repeat)
    await asyncio.Event().wait()


async def provide_services(folders: Folders) -> int:
    """Print the addresses of a PostgreSQL and a broker, and run both until stdin closes with the parent process."""
    async with services(_quiet(folders), durable=False) as addresses:
        for name, value in addresses.items():
            print(f"export {name}={shlex.quote(value)}", flush=True)
        closed, loop = asyncio.Event(), asyncio.get_running_loop()

        def wait() -> None:
            while os.read(0, 4096):
                pass
            loop.call_soon_threadsafe(closed.set)

        threading.Thread(target=wait, daemon=True).start()
        await closed.wait()
    return 0


async def restore(folders: Folders, arguments: Sequence[str]) -> int:
    """Run `manage.py restore` with the stack's own database; return its exit code."""
    return await execute(folders, [sys.executable, "manage.py", "restore", *arguments], durable=True)


async def execute(folders: Folders, command: Sequence[str], *, durable: bool = False) -> int:
    """Run `command` with the product's environment; return its exit code."""
    async with services(_quiet(folders), durable=durable) as addresses:
        defaults = product(folders, PORT, PRACTICE_PORT)
        if os.environ.get("PRACTICE") == "0":
            defaults |= PRODUCTION
        environment = with_overrides(defaults | addresses)
        process = await asyncio.create_subprocess_exec(*command, env=environment)
        try:
            return await process.wait()
        finally:
            await end(process)


def _quiet(folders: Folders) -> Supervisor:
    return Supervisor(folders, Console(folders.logs, screen=None))


def _port(variable: str, default: int) -> int:
    """Return the port set in `variable`, or `default`. Raise Refused if it is invalid or in use."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Refused(f"{variable} is “{text}”; a port is a number from 1 to 65535.")
    refuse_taken_port(int(text), variable)
    return int(text)


async def _wait_for_answer(address: str, what: str) -> None:
    """Wait until `address` answers with success."""

    def get() -> None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except urllib.error.HTTPError as error:
            # Of /healthz: which part does not answer, and why.
            raise OSError(error.read(300).decode(errors="replace")) from None

    await until(lambda: asyncio.to_thread(get), what, pause=0.2)


async def _read_sign_ins(environment: Environment) -> str:
    """Return who can sign in, as the demo command prints it."""
    command = f"{COMMANDS['demo']} --who".split()
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    output, _ = await process.communicate()
    return output.decode().rstrip()
