"""Restore a backup."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from beanworks_connect.backups import BackupFailed, exit_when_stopped, restore_backup
from core.paths import named_path

NEXT = """
Before you start the product:
1. Set RECORDS_GENERATION to a text that it never had, such as the date of today.
2. Move the file of AUDIT_ANCHOR_FILE away, and keep it.
Go on with “After you restored a backup” in docs/operations.md."""


class Command(BaseCommand):
    help = "Restore a backup into an empty database. See docs/operations.md."
    # The database that it needs is empty, and Django would warn of migrations.
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=named_path, help="the folder of one backup")
        parser.add_argument("--force", action="store_true", help="also if versions or encryption keys do not fit")

    def handle(self, *args: Any, folder: Path, force: bool, **options: Any) -> None:
        exit_when_stopped()
        try:
            manifest = restore_backup(folder, force=force)
        except (BackupFailed, Error, OSError) as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(f"Restored {sum(manifest.rows.values())} rows, as they were at {manifest.made_at}.{NEXT}")
