"""Back up the database."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from beanworks_connect.backups import BackupFailed, exit_when_stopped, make_backup, remove_old
from core.paths import named_path


class Command(BaseCommand):
    help = "Back up the database into a new folder in FOLDER, while the product runs. See docs/operations.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=named_path, help="where backups are stored")
        parser.add_argument("--keep", type=_number, metavar="N", help="then remove all but the newest N backups there")

    def handle(self, *args: Any, folder: Path, keep: int | None, **options: Any) -> None:
        exit_when_stopped()
        try:
            backup, manifest = make_backup(folder)
        except (BackupFailed, Error, OSError) as reason:
            raise CommandError(f"No backup was made. {reason}") from None
        place = str(backup).encode(errors="replace").decode()  # a path can have bytes that are not UTF-8
        call_command("record_backup", place, size=manifest.size)
        keys = ", ".join(mark.partition("=")[0] for mark in manifest.keys)
        self.stdout.write(
            f"{place}: {sum(manifest.rows.values())} rows in {len(manifest.rows)} tables.\n"
            f"The encryption keys are not in it. Keep them apart from it: {keys}."
        )
        if keep:
            self._remove_old(backup, keep)

    def _remove_old(self, newest: Path, keep: int) -> None:
        try:
            removed = remove_old(newest, keep)
        except OSError as reason:
            raise CommandError(f"The backup was made, but not all older ones could be removed: {reason}") from None
        self.stdout.write(f"{removed} older backups removed.")


def _number(text: str) -> int:
    """Read a number of backups. Raises ArgumentTypeError for less than one: the new one always stays."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError("must be a whole number from 1")
    return int(text)
