"""How long entries of the cache, the record of sent forms and the nightly job's own rows are stored."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from core.form_tokens import REMEMBERED
from core.leases import State
from core.models import CacheEntry, Pruning, SentForm
from core.retention import Rule

NIGHTS = timedelta(days=90)


def _expired_entries(now: datetime) -> "QuerySet[CacheEntry]":
    return CacheEntry.objects.filter(expires__lt=now)


def _old_forms(now: datetime) -> "QuerySet[SentForm]":
    return SentForm.objects.filter(sent_at__lt=now - REMEMBERED)


def _old_nights(now: datetime) -> "QuerySet[Pruning]":
    return Pruning.objects.filter(state=State.DONE, created_at__lt=now - NIGHTS)


RULES = (
    Rule("cache", _expired_entries, "expires"),
    Rule("sent-forms", _old_forms, "sent_at"),
    Rule("nights", _old_nights, "created_at"),
)
