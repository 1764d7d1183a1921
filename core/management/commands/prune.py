"""Remove now what has expired, or show what would be removed."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from core.models import Pruning
from core.retention import RULES, prune


class Command(BaseCommand):
    """Do what the nightly job does."""

    help = "Removes what has expired, as the nightly job does. With --dry-run it only counts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would be removed, and remove nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["dry_run"]:
            self._count()
        else:
            self._prune()

    def _count(self) -> None:
        for rule in RULES.values():
            rows = rule.rows()
            oldest = rows.values_list(rule.by, flat=True).first()
            self.stdout.write(f"{rule.name:20}{rows.count():>12,}  oldest: {oldest or '-'}")

    def _prune(self) -> None:
        with transaction.atomic():
            row = Pruning.objects.create()
            claimed = Pruning.objects.claim(row.pk)
        while claimed:
            prune(claimed)
            claimed = Pruning.objects.claim(row.pk)
        self._wait(row)
        for rule in RULES:
            self.stdout.write(f"{rule:20}{row.removed.get(rule, 0):>12,}  {row.errors.get(rule, '')}".rstrip())

    def _wait(self, row: Pruning) -> None:
        """Wait for a worker that has taken the job over between two slices."""
        row.refresh_from_db()
        while row.is_active:
            time.sleep(1)
            row.refresh_from_db()
