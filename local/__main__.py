"""The local stack: `python -m local run`, `python -m local services`, `python -m local exec -- command`."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, NoReturn

from local.paths import ROOT, Folders, Refused, claim, throwaway

from .environment import with_overrides
from .stack import execute, provide_services, restore, run
from .supervisor import kill_orphans

VERBS = {
    "run": "serve the product and the practice company; data is saved in var/, or in the folder BEANWORKS_VAR",
    "services": "run a temporary PostgreSQL and broker until stdin closes; prints their addresses for a shell",
    "manage": "run manage.py with the environment of the running stack",
    "restore": "restore a backup into the empty database of the stack, which must not run",
    "exec": "run a command with a temporary PostgreSQL and broker and the product's environment",
}
INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local", description="The product on this machine alone.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, text in VERBS.items():
        verbs.add_parser(verb, help=text, description=text)
    verbs.choices["exec"].add_argument("command", nargs="+")
    for verb in ("manage", "restore"):
        verbs.choices[verb].add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    try:
        if arguments.verb == "manage":
            manage(Folders(data_folder()), arguments.command)
        if arguments.verb == "run":
            with claim(data_folder()) as folders, kill_orphans(folders):
                code = asyncio.run(stoppable(run(folders), when_stopped=0))
                print(f"Stopped. Data is in {os.path.relpath(folders.var)}.")
                return code
        if arguments.verb == "restore":
            with claim(data_folder()) as folders, kill_orphans(folders):
                return asyncio.run(stoppable(restore(folders, arguments.command), when_stopped=INTERRUPTED))
        with throwaway() as folders, kill_orphans(folders):
            if arguments.verb == "services":
                return asyncio.run(stoppable(provide_services(folders), when_stopped=0))
            return asyncio.run(stoppable(execute(folders, arguments.command), when_stopped=INTERRUPTED))
    except Refused as reason:
        print(reason, file=sys.stderr)
        return 1


def data_folder() -> Path:
    return Path(os.environ.get("BEANWORKS_VAR") or ROOT / "var").resolve()


def manage(folders: Folders, command: list[str]) -> NoReturn:
    """Become `manage.py` with these arguments. Raise Refused if no stack runs."""
    environment = folders.announced()
    if not environment:
        raise Refused(f"No stack is running on {folders.var}. Start one with scripts/run.")
    os.execve(sys.executable, [sys.executable, "manage.py", *command], with_overrides(environment))  # noqa: S606


async def stoppable(work: Coroutine[Any, Any, int], *, when_stopped: int) -> int:
    """Run `work`; a signal cancels it cleanly and `when_stopped` is returned.

    The signal handlers are set before the first child process starts. Otherwise a stop during start would orphan it.
    """
    task = asyncio.create_task(work)

    def stop() -> None:
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        return await task
    except asyncio.CancelledError:
        return when_stopped


if __name__ == "__main__":
    sys.exit(main())
