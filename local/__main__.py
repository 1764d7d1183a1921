"""The local stack: `python -m local run`, `python -m local services`, `python -m local exec -- command`."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from local.paths import ROOT, Refused, claim, throwaway

from .stack import execute, provide_services, run

VERBS = {
    "run": "serve the product and the practice company; data is saved in var/, or in the folder BEANWORKS_VAR",
    "services": "run a temporary PostgreSQL and broker until stdin closes; prints their addresses for a shell",
    "exec": "run a command with a temporary PostgreSQL and broker and the product's environment",
}
INTERRUPTED = 130


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m local", description="The product on this machine alone.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, text in VERBS.items():
        verbs.add_parser(verb, help=text, description=text)
    verbs.choices["exec"].add_argument("command", nargs="+")
    arguments = parser.parse_args()
    try:
        if arguments.verb == "run":
            with claim(Path(os.environ.get("BEANWORKS_VAR") or ROOT / "var")) as folders:
                return asyncio.run(stoppable(run(folders), when_stopped=0))
        with throwaway() as folders:
            if arguments.verb == "services":
                return asyncio.run(stoppable(provide_services(folders), when_stopped=0))
            return asyncio.run(stoppable(execute(folders, arguments.command), when_stopped=INTERRUPTED))
    except Refused as reason:
        print(reason, file=sys.stderr)
        return 1


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
