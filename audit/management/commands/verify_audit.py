from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.anchors import Tampered, verify_anchors
from audit.models import AuditEvent, first_broken_event
from core.paths import named_path


class Command(BaseCommand):
    help = "Follow every customer's chain of audit events, compare it with the anchors, and name what does not fit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        words = "a copy of AUDIT_ANCHOR_FILE, kept elsewhere"
        parser.add_argument("--anchors", type=named_path, metavar="FILE", help=words)

    def handle(self, *args: Any, anchors: Path | None = None, **options: Any) -> None:
        if broken := first_broken_event():
            whose = f"customer {broken.customer_id}" if broken.customer_id else "no customer"
            raise CommandError(f"The audit log is broken at event {broken.pk} ({whose}): {broken}")
        try:
            count = verify_anchors(anchors)
        except (Tampered, OSError) as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(f"{AuditEvent.objects.count()} events, every chain whole; {count} anchors, all of them fit.")
