"""Start the web server if it can work with the settings: `python -m beanworks_connect.web` and Granian's options.

Granian does not read the settings, and replaces each process that ends. It gives up only if a new one ends within six
seconds, so on a slow machine it would start processes that end at once, again and again.
"""

import os
import socket
import sys
from ipaddress import ip_address
from pathlib import Path
from shutil import rmtree
from tempfile import gettempdir, mkdtemp

from beanworks_connect import settings  # ends with every problem
from beanworks_connect.environment.checks import between

MEMORY = "/dev/shm"  # noqa: S108 (the folder in it is ours alone)
"""Linux's file system in memory."""


def start() -> None:
    """Become Granian."""
    # Granian's own defaults.
    host, port = os.environ.get("GRANIAN_HOST") or "127.0.0.1", os.environ.get("GRANIAN_PORT") or "8000"
    if problem := address_problem(host, port):
        raise SystemExit(f"The product cannot start:\n  {problem}.")

    if settings.METRICS_TOKEN and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder_of_metrics(host, port)
    os.execvp("granian", ["granian", *sys.argv[1:]])  # noqa: S606, S607


def address_problem(host: str, port: str) -> str | None:
    """Return why the web server cannot listen there, or None.

    Granian ends with lines of its code. Or it shares the port with another web server: each gets half of the requests.
    """
    if problem := between(1, 65_535)(port, False):
        return f"GRANIAN_PORT {problem}"
    try:
        family = socket.AF_INET6 if ip_address(host).version == 6 else socket.AF_INET
        socket.create_server((host, int(port)), family=family).close()
    except ValueError:
        return f"GRANIAN_HOST is “{host}”; it must be an IP address of this machine"
    except OSError as reason:
        return f"GRANIAN_HOST and GRANIAN_PORT cannot be used: {reason.strerror}"
    return None


def folder_of_metrics(host: str, port: str) -> str:
    """Create the folder of the files in which the processes of the server count, so that any can answer for all.

    Not in TMPDIR: the kernel ends a process that counts in a file for which the disk has no room, and a download could
    fill it.
    """
    memory = MEMORY if os.access(MEMORY, os.W_OK) else gettempdir()
    prefix = f"metrics-{host}-{port}-"
    # Nothing removes the folder when Granian ends. That of an earlier server is not used: no server has this port.
    for folder in Path(memory).glob(f"{prefix}*"):
        rmtree(folder, ignore_errors=True)
    return mkdtemp(prefix=prefix, dir=memory)


if __name__ == "__main__":
    start()
