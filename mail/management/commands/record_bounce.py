import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from mail.bounces import record_bounce

LARGEST = 1024 * 1024
"""Bytes. The parts we read are at the beginning."""


class Command(BaseCommand):
    help = "Reads one bounced email from standard input, the way mail servers pass an email to a program."

    def handle(self, *args: Any, **options: Any) -> None:
        if sys.stdin is None:  # it was closed before the start
            raise CommandError("There is no standard input. Pass the bounced email to it.", returncode=os.EX_USAGE)
        try:
            record_bounce(sys.stdin.buffer.read(LARGEST))
        except Error as reason:
            # It is gone, read-only or not migrated yet. A mail server retries an email at this exit code. At any other
            # one it returns it, and a bounce is lost.
            raise CommandError(f"The database did not take it: {reason}", returncode=os.EX_TEMPFAIL) from None
