"""Start the web server if it can work with the settings: `python -m beanworks_connect.web` and Granian's options.

Granian does not read the settings, and replaces each process that ends. It gives up only if a new one ends within six
seconds, so on a slow machine it would start processes that end at once, again and again.
"""

import os
import sys
from tempfile import mkdtemp

from beanworks_connect import settings  # ends with every problem

MEMORY = "/dev/shm"  # noqa: S108 (the folder in it is ours alone)
"""Linux's file system in memory."""

if __name__ == "__main__":
    if settings.METRICS_TOKEN and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        # Its processes count in files, so that any of them can answer for all. Not in TMPDIR: the kernel ends a process
        # that counts in a file for which the disk has no room, and a download could fill it.
        memory = MEMORY if os.access(MEMORY, os.W_OK) else None
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = mkdtemp(prefix="metrics-", dir=memory)
    os.execvp("granian", ["granian", *sys.argv[1:]])  # noqa: S606, S607
