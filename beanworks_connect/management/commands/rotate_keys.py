from typing import Any

import redis
from django.core.management.base import BaseCommand, CommandError

from accounts.second_factor import second_factors_rewrap
from api.webhooks.secrets import secrets_rewrap
from core.batches import work_row_by_row
from core.encryption import key_marks
from core.key_canary import renew_canary
from core.key_reports import processes_without
from operations.channels.addresses import channels_rewrap
from wizard.models import Connection, StoredSecret
from wizard.services.sign_ins import report_readable, report_unreadable
from wizard.verification.secrets import PASSWORD, SecretUnreadable, secret_rewrap

# What else is encrypted, besides passwords for Intacct: how to wrap it again, and what to do with lost ones.
OTHERS = (
    (second_factors_rewrap, "second factors cannot be opened: remove them, so that users set up new ones."),
    (secrets_rewrap, "secrets of webhook endpoints cannot be opened: replace them on their pages."),
    (channels_rewrap, "URLs of channels cannot be opened: enter them again on their pages."),
)


class Command(BaseCommand):
    help = (
        "Wrap every secret by the first key of ENCRYPTION_KEYS, and report those that cannot be opened. "
        "Runs beside the product; may be stopped and run again. See docs/operations.md."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        current = key_marks()[0]
        key_id = current.partition("=")[0]
        _refuse_if_unknown(key_id, current)

        self.done = self.unreadable = self.failed = 0
        self.lost_from: dict[int, Connection] = {}
        pks = list(StoredSecret.objects.order_by("pk").values_list("pk", flat=True))
        work_row_by_row(pks, self._rewrap, self._count_failure)
        others = [(rewrap(), words) for rewrap, words in OTHERS]
        renew_canary()

        done = self.done + sum(changed for (changed, _unreadable), _words in others)
        self.stdout.write(f"{done} secrets wrapped again.")
        if self.failed:
            self.stderr.write(f"{self.failed} secrets could not be wrapped again; the log says why. Run this again.")
        else:
            self.stdout.write(f"All that can be opened are under {key_id}.")
        for connection in self.lost_from.values():
            self.stderr.write(f"Connection {connection.pk}, {connection} of {connection.customer}: cannot be opened.")
        if self.unreadable:
            self.stderr.write(f"{self.unreadable} passwords cannot be opened: an incident asks for each one again.")
        for (_changed, unreadable), words in others:
            if unreadable:
                self.stderr.write(f"{unreadable} {words}")

    def _rewrap(self, pk: int) -> None:
        row = (
            StoredSecret.objects.select_related("connection__customer")
            .select_for_update(of=("self",))
            .filter(pk=pk)
            .first()
        )
        if row is None:  # deleted after the list was read
            return

        try:
            self.done += secret_rewrap(row)
        except SecretUnreadable:
            self._report_lost(row)
            return

        if row.field == PASSWORD:
            report_readable(row.connection)

    def _report_lost(self, row: StoredSecret) -> None:
        self.unreadable += 1
        self.lost_from[row.connection_id] = row.connection
        if row.field == PASSWORD:
            report_unreadable(row.connection)

    def _count_failure(self, pk: int, error: Exception) -> None:
        """Count a row that failed. The log has the error."""
        self.failed += 1


def _refuse_if_unknown(key_id: str, key_mark: str) -> None:
    """Raise CommandError if a process does not have the new key: it could not open what is wrapped with it.

    If it has another key under the same ID, all passwords would count as lost, and all customers would get an email.
    """
    try:
        processes = processes_without(key_mark)
    except redis.RedisError:
        raise CommandError("The broker does not answer, and only it knows which keys the processes have.") from None
    if processes:
        raise CommandError(
            f"Nothing was changed. These processes do not have the key {key_id}, or have another key under this ID: "
            f"{', '.join(processes)}. Restart them with it first; those that have ended are forgotten after a minute."
        )
