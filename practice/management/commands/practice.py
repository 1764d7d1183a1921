"""manage.py practice: serve the practice companies in their own process."""

import os
import sys
from typing import Any

from django.core.management import BaseCommand
from django.core.management.base import CommandParser

from practice.server import options


class Command(BaseCommand):
    help = "Serve the practice companies: Intacct's gateway and screens, for practice only."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        options(parser)

    def handle(self, *args: Any, **given: Any) -> None:
        # The practice company has its own settings, so this process is replaced by a new one.
        os.execve(sys.executable, [sys.executable, "-m", "practice", *sys.argv[2:]], dict(os.environ))  # noqa: S606
