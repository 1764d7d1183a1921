"""Back up the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from beanworks_connect.backups import BackupFailed, make_backup


class Command(BaseCommand):
    help = "Back up the database into a new folder in FOLDER, while the product runs. See docs/operations.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="where backups are stored")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            backup, manifest = make_backup(folder.resolve())
        except (BackupFailed, OSError) as reason:
            raise CommandError(f"No backup was made. {reason}") from None
        call_command("record_backup", str(backup), size=manifest.size)
        keys = ", ".join(mark.partition("=")[0] for mark in manifest.keys)
        self.stdout.write(
            f"{backup}: {sum(manifest.rows.values())} rows in {len(manifest.rows)} tables.\n"
            f"The encryption keys are not in it. Keep them apart from it: {keys}."
        )
