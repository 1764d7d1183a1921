import sys
from typing import Any

from django.core.management.base import BaseCommand

from mail.bounces import record_bounce

LARGEST = 1024 * 1024
"""Bytes. The parts we read are at the beginning."""


class Command(BaseCommand):
    help = "Reads one bounced email from standard input, the way mail servers pass an email to a program."

    def handle(self, *args: Any, **options: Any) -> None:
        record_bounce(sys.stdin.buffer.read(LARGEST))
