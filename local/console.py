"""Output of the stack. Every line goes to its part's log file; the screen shows what a user should see.

That is what the stack itself reports, the requests, and warnings. With VERBOSE=1 the screen shows every line.
"""

import asyncio
import re
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import cycle
from logging import INFO, Logger, getLogger
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

COLORS = cycle(f"\033[{code}m" for code in (36, 33, 32, 35, 34, 31))
PLAIN = "\033[0m"
LOG_BYTES, LOG_FILES = 5_000_000, 3
# Lines as the product's settings and Celery format them. Warnings of other programs are about this machine, and only in
# the logs.
TIME = r"\[?\d{4}-\d\d-\d\d [\d:,.]+:? "
OURS = re.compile(
    TIME + r"(?:"
    r"(?P<warning>(?:WARNING|ERROR|CRITICAL)\b.*)|"
    r"INFO \S+\.requests: (?P<request>.*))"
)


class Console:
    def __init__(self, logs: Path, screen: TextIO | None = sys.stdout, *, verbose: bool = False) -> None:
        """Write to files in `logs` and to `screen`; None keeps the screen quiet."""
        self._logs, self._screen, self._verbose = logs, screen, verbose
        self._loggers: dict[str, Logger] = {}
        self._prefixes: dict[str, str] = {}

    def say(self, name: str, line: str) -> None:
        """Report what the stack itself does with a part."""
        self._log(name, line)
        self._show(name, line)

    def copy(self, name: str, line: str) -> None:
        """Take a line that a part wrote."""
        self._log(name, line)
        if self._verbose:
            self._show(name, line)
        elif match := OURS.match(line):
            self._show(name, match["warning"] or match["request"])

    def _log(self, name: str, line: str) -> None:
        if name not in self._loggers:
            self._introduce(name)
        stamp = "" if re.match(TIME, line) else f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} "
        self._loggers[name].info(stamp + line)

    def _show(self, name: str, line: str) -> None:
        if self._screen:
            print(self._prefixes[name], line, file=self._screen, flush=True)

    @asynccontextmanager
    async def step(self, what: str) -> AsyncIterator[None]:
        """Report when `what` starts, every ten seconds while it runs, and when it is done."""
        began = time.monotonic()
        self.say("local", f"{what} …")
        ticking = asyncio.create_task(self._tick(what, began))
        try:
            yield
        finally:
            ticking.cancel()
        self.say("local", f"{what}: done in {time.monotonic() - began:.1f} s")

    async def _tick(self, what: str, began: float) -> None:
        while True:
            await asyncio.sleep(10)
            self.say("local", f"{what}: {time.monotonic() - began:.0f} s so far")

    def _introduce(self, name: str) -> None:
        handler = RotatingFileHandler(self._logs / f"{name}.log", maxBytes=LOG_BYTES, backupCount=LOG_FILES)
        logger = self._loggers[name] = getLogger(f"{__name__}.{name}")
        logger.addHandler(handler)
        logger.setLevel(INFO)
        logger.propagate = False
        colored = self._screen is not None and self._screen.isatty()
        self._prefixes[name] = f"{next(COLORS)}{name:<13} │{PLAIN}" if colored else f"{name:<13} |"
