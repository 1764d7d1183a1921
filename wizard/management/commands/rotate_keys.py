from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.second_factor import second_factors_rewrap
from envelope import current_key_id
from wizard.models import StoredSecret
from wizard.secrets import secret_rewrap

BATCH = 200


class Command(BaseCommand):
    help = (
        "Wrap every secret by the first key of ENCRYPTION_KEYS. Runs beside the product; may be stopped and run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        done = 0
        while changed := self._batch():
            done += changed
        done += second_factors_rewrap()
        self.stdout.write(
            f"{done} secrets wrapped anew; all {StoredSecret.objects.count()} are under {current_key_id()}."
        )

    @transaction.atomic
    def _batch(self) -> int:
        stale = StoredSecret.objects.exclude(key_id=current_key_id()).select_related("connection")
        rows = list(stale.select_for_update(skip_locked=True, of=("self",))[:BATCH])
        for row in rows:
            secret_rewrap(row)
        return len(rows)
