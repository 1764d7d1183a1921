"""The folders of the local stack."""

import fcntl
import hashlib
import json
import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The path of a Unix socket can have 107 bytes. The longest name appended to the folder is "/.s.PGSQL.5432".
LONGEST_SOCKET_FOLDER = 90


class Refused(Exception):
    """The stack cannot start or continue. The text is one line for the user who started it."""


@dataclass(frozen=True)
class Folders:
    """The folders of one stack. Only one stack at a time can use them (see `claim`)."""

    var: Path

    @property
    def run(self) -> Path:
        return self.var / "run"

    @property
    def logs(self) -> Path:
        return self.var / "logs"

    @property
    def sockets(self) -> Path:
        """The folder of the sockets: beside the data, unless that path is too long for a socket or unfit for a URL."""
        if len(os.fsencode(self.run)) <= LONGEST_SOCKET_FOLDER and re.fullmatch(r"[\w./-]+", str(self.run), re.ASCII):
            return self.run
        # Not $TMPDIR, which can be just as long.
        digest = hashlib.sha256(os.fsencode(self.run)).hexdigest()[:12]
        return Path("/tmp") / f"beanworks-{os.getuid()}-{digest}"  # noqa: S108 (ours alone: see make)

    @property
    def announcement(self) -> Path:
        """The file with the running stack's environment. Only its owner can read it: it has secrets."""
        return self.run / "environment.json"

    @contextmanager
    def announce(self, environment: dict[str, str]) -> Iterator[None]:
        """Save the environment for `scripts/manage` while the stack runs."""
        with os.fdopen(os.open(self.announcement, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(environment, file)
        try:
            yield
        finally:
            self.announcement.unlink(missing_ok=True)

    def announced(self) -> dict[str, str]:
        """Return the environment of the running stack; empty if there is none."""
        try:
            values: dict[str, str] = json.loads(self.announcement.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return values

    def make(self) -> None:
        for folder in (self.var, self.run, self.logs, self.sockets):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as reason:
                raise Refused(
                    f"{folder} cannot be created: {reason.strerror}. Choose another folder: BEANWORKS_VAR=… scripts/run"
                ) from None
        if self.sockets.is_symlink() or self.sockets.stat().st_uid != os.getuid():
            raise Refused(f"{self.sockets} belongs to another user. Remove it and start again.")


@contextmanager
def claim(var: Path) -> Iterator[Folders]:
    """Create the folders under `var` and lock them, so that a second stack on the same data is refused."""
    folders = Folders(var.resolve())
    folders.make()
    with (folders.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            address = folders.announced().get("SITE_URL", "")
            raise Refused(
                f"A stack is already running on {folders.var}{address and f' at {address}'}. Stop it first."
            ) from None
        yield folders


@contextmanager
def throwaway() -> Iterator[Folders]:
    """Create temporary folders and delete them when the stack has stopped."""
    with (
        tempfile.TemporaryDirectory(prefix="beanworks-") as var,
        claim(Path(var)) as folders,
    ):
        try:
            yield folders
        finally:
            if folders.sockets != folders.run:
                with suppress(OSError):
                    shutil.rmtree(folders.sockets)


def refuse_taken_port(port: int, variable: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Refused(
                f"Port {port} is in use by another program. Stop that one, or choose another port: "
                f"{variable}={port + 10} scripts/run"
            ) from None
