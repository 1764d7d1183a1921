"""What support needs to help with a connection. No secrets, and nothing out of a list: only names, counts and times."""

import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from django.conf import settings
from django.db import connection as database
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.models import AuditEvent
from leases import LeasedRow
from operations.timeline import sentence
from smartsync.models import ListRun, SyncRun
from smartsync.troubles import explain as explain_sync
from wizard.causes import Explanation, explain
from wizard.models import Connection, Finding, Incident, SyncProfile, Verification

LATEST = 10
EVENTS = 30


@dataclass(frozen=True)
class Section:
    title: str
    lines: list[tuple[str, str]]


def bundle_of(connection: Connection) -> list[Section]:
    """All of it, in the language and the time zone of whoever asks."""
    sections = {
        _("Versions"): _versions(),
        _("Connection"): _connection(connection),
        _("What no longer works"): _incidents(connection),
        _("What Intacct says"): _findings(connection),
        _("Checks, newest first"): _verifications(connection),
        _("API Sync Profiles"): _profiles(connection),
        _("Syncs, newest first"): _runs(connection),
        _("What happened, newest first"): _events(connection),
    }
    return [Section(title, list(lines)) for title, lines in sections.items()]


Lines = Iterator[tuple[str, str]]


def _versions() -> Lines:
    yield _("Made at"), _at(timezone.now())
    yield "Python, Django", f"{platform.python_version()}, {version('django')}"
    yield "PostgreSQL", ".".join(map(str, database.get_database_version()))
    yield _("Sender ID"), settings.INTACCT_SENDER_ID


def _connection(connection: Connection) -> Lines:
    yield _("Number"), str(connection.pk)
    yield _("Customer"), connection.customer.name
    yield _("Company ID"), connection.company_id
    yield _("User ID"), connection.user_id
    yield _("Credentials entered"), _at(connection.credentials_at)
    yield _("Level"), f"{connection.get_level_display()} {connection.entity_id}"
    yield _("Permissions"), connection.get_permission_model_display()
    yield _("Modules"), ", ".join(connection.modules or [])
    yield _("Entities"), str(len(connection.company.get("entities", [])))
    yield _("Date format"), str(connection.company.get("formatting", {}).get("date_format", ""))
    yield _("Stage"), f"{connection.stage}, {_at(connection.stage_since)}"
    yield _("Who must act"), connection.get_must_act_display()


def _incidents(connection: Connection) -> Lines:
    for each in Incident.objects.for_board().filter(connection=connection):
        if each.good_at:
            times = _("worked %(good)s, not since %(since)s") % {"good": _at(each.good_at), "since": _at(each.since)}
        else:
            times = _("since %(since)s") % {"since": _at(each.since)}
        yield each.check_slug, f"{_in_words(explain(each))}; {times}"


def _findings(connection: Connection) -> Lines:
    for each in sorted(Finding.objects.current(connection), key=lambda found: found.position):
        words = [each.get_outcome_display(), *([_in_words(explain(each))] if each.cause else []), _at(each.at)]
        yield each.check_slug, "; ".join(words)


def _verifications(connection: Connection) -> Lines:
    for each in Verification.objects.filter(connection=connection).order_by("-pk")[:LATEST]:
        asked = ", ".join(each.checks) or _("everything")
        stopped = _("stopped by %s") % each.blocker if each.blocker else ""
        yield f"{each.pk}", "; ".join(filter(None, [_at(each.created_at), asked, _timing(each), stopped]))


def _profiles(connection: Connection) -> Lines:
    for each in connection.profiles.select_related("legal_entity").order_by("pk"):
        times = {_("requested"): each.requested_at, _("decided"): each.decided_at, _("synced"): each.first_synced_at}
        told = [f"{what} {_at(at)}" for what, at in times.items() if at]
        yield f"{each.pk} {each}", "; ".join([each.get_state_display(), *told])


def _runs(connection: Connection) -> Lines:
    profiles = SyncProfile.objects.filter(connection=connection)
    runs = SyncRun.objects.filter(profile__in=profiles).order_by("-pk").prefetch_related("lists")[:LATEST]
    for run in runs:
        why = _in_words(explain(run)) if run.cause else ""
        words = [run.get_kind_display(), _at(run.created_at), _timing(run), run.get_result_display(), why]
        yield f"{run.pk}", "; ".join(filter(None, words))
        yield from _lists(run.lists.all())


def _lists(lists: Iterable[ListRun]) -> Lines:
    for each in lists:
        if each.state in ListRun.TROUBLED:
            counted = f"{each.read}/{each.counted_before}/{each.counted_after}"
            yield f"· {each.title}", f"{each.get_state_display()}; {counted}; {_in_words(explain_sync(each))}"


def _events(connection: Connection) -> Lines:
    for each in AuditEvent.objects.for_timeline(connection.customer_id)[:EVENTS]:
        yield _at(each.occurred_at), f"{each.actor_name}: {sentence(each)}"


def _in_words(explanation: Explanation | None) -> str:
    """The diagnosis, and Intacct's own words, Support ID included."""
    if explanation is None:
        return ""
    raw = " · ".join(f"{name}: {text}" for name, text in explanation.raw.items())
    words = " ".join(filter(None, [explanation.code, explanation.headline]))
    return f"{words} [{raw}]" if raw else words


def _timing(row: LeasedRow) -> str:
    if not (row.started_at and row.finished_at):
        return row.get_state_display()
    seconds = (row.finished_at - row.started_at).total_seconds()
    waited = (row.started_at - row.created_at).total_seconds()
    return _("waited %(waited).1f s, took %(took).1f s, attempts: %(attempts)s") % {
        "waited": waited, "took": seconds, "attempts": row.attempts
    }  # fmt: skip


def _at(moment: datetime | None) -> str:
    return timezone.localtime(moment).isoformat(" ", "seconds") if moment else ""
