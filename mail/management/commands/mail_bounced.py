import sys
from typing import Any

from django.core.management.base import BaseCommand

from mail.bounces import bounce_take

LARGEST = 1024 * 1024
"""Bytes. What matters stands at the beginning."""


class Command(BaseCommand):
    help = "Takes one mail that came back, on standard input, as mail servers hand it to a program."

    def handle(self, *args: Any, **options: Any) -> None:
        bounce_take(sys.stdin.buffer.read(LARGEST))
