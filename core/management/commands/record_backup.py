"""Record that a backup was made, so that support and operators see when the last one was."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from core.fields import LARGEST_KEY
from core.models import Backup


class Command(BaseCommand):
    """Replace the row of the last backup."""

    help = "Records the last backup. Call it after a backup that succeeded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("place", type=_place, help="where it is, such as a path or a name; shown to support")
        parser.add_argument("--size", type=_size, default=0, help="in bytes")

    def handle(self, *args: Any, **options: Any) -> None:
        facts = {"made_at": timezone.now(), "place": options["place"][:200], "size": options["size"]}
        Backup.objects.update_or_create(pk=Backup.ONLY, defaults=facts)


def _place(text: str) -> str:
    """Return the text in UTF-8: a path can have other bytes. Raises ArgumentTypeError if it is empty."""
    if not text.strip():
        raise ArgumentTypeError("must not be empty")
    return text.encode(errors="replace").decode()


def _size(text: str) -> int:
    """Read a number of bytes. Raises ArgumentTypeError for one that the database cannot store."""
    if not text.isascii() or not text.isdecimal() or int(text[:20]) > LARGEST_KEY:
        raise ArgumentTypeError("must be a whole number from 0")
    return int(text)
