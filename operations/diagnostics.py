"""What support needs to help with a connection.

It contains no secrets and no records of a list: only names, counts and times.
"""

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
from core.leases import LeasedRow
from smartsync.diagnoses import explain as explain_sync
from smartsync.models import ListRun, SyncRun
from wizard.explanations import Explanation, explain
from wizard.models import Connection, Finding, Incident, SyncProfile, Verification
from wizard.stages import STAGES, check_titles, known_stage

LATEST = 10
# Sections that the page shows in full. Of the others, which can have hundreds of lines, it shows the number of lines.
IN_SUMMARY = 3
EVENTS = 30


@dataclass(frozen=True)
class Section:
    title: str
    lines: list[tuple[str, str]]


def diagnostics_of(connection: Connection) -> list[Section]:
    """Return all sections, in the language and time zone of the user who requests them."""
    sections = {
        _("Versions"): _versions(),
        _("Connection"): _connection(connection),
        _("Open incidents"): _incidents(connection),
        _("What Intacct reported"): _findings(connection),
        _("Verifications, newest first"): _verifications(connection),
        _("API Sync Profiles"): _profiles(connection),
        _("Syncs, newest first"): _runs(connection),
        _("Activity, newest first"): _events(connection),
    }
    return [Section(title, list(lines)) for title, lines in sections.items()]


Lines = Iterator[tuple[str, str]]


def _versions() -> Lines:
    yield _("Created"), _at(timezone.now())
    yield "Python, Django", f"{platform.python_version()}, {version('django')}"
    yield "PostgreSQL", ".".join(map(str, database.get_database_version()))
    yield _("Sender ID"), settings.INTACCT_SENDER_ID


def _connection(connection: Connection) -> Lines:
    yield _("Number"), str(connection.pk)
    yield _("Customer"), connection.customer.name
    yield _("Company ID"), connection.company_id
    yield _("User ID"), connection.user_id
    yield _("Credentials entered"), _at(connection.credentials_saved_at)
    yield _("Level"), f"{connection.get_level_display()} {connection.entity_id}".strip()
    yield _("Permissions"), connection.get_permission_model_display()
    yield _("Applications, as answered"), ", ".join(connection.module_names)
    yield _("Applications, as Intacct reports"), ", ".join(connection.company.get("applications") or [])
    yield _("Entities"), str(len(connection.company.get("entities", [])))
    yield _("Date format"), str(connection.company.get("formatting", {}).get("date_format", ""))
    stage = STAGES[known_stage(connection.stage)]
    yield _("Step"), f"{stage.number} · {stage.title}, {_at(connection.stage_since)}"
    yield _("Waiting for"), connection.get_must_act_display()


def _incidents(connection: Connection) -> Lines:
    titles = check_titles(connection.company)
    for incident in Incident.objects.for_board().filter(connection=connection):
        if incident.last_passed_at:
            times = _("last passed %(good)s, failing since %(since)s") % {
                "good": _at(incident.last_passed_at),
                "since": _at(incident.since),
            }
        else:
            times = _("since %(since)s") % {"since": _at(incident.since)}
        yield str(titles.get(incident.check_slug, incident.check_slug)), f"{_in_words(explain(incident))}; {times}"


def _findings(connection: Connection) -> Lines:
    titles = check_titles(connection.company)
    for finding in sorted(Finding.objects.current(connection), key=lambda finding: finding.position):
        words = [
            finding.get_outcome_display(),
            *([_in_words(explain(finding))] if finding.cause else []),
            _at(finding.checked_at),
        ]
        yield str(titles.get(finding.check_slug, finding.check_slug)), "; ".join(words)


def _verifications(connection: Connection) -> Lines:
    titles = check_titles(connection.company)
    for verification in Verification.objects.filter(connection=connection).order_by("-pk")[:LATEST]:
        checks = ", ".join(str(titles.get(slug, slug)) for slug in verification.checks) or _("everything")
        blocker = titles.get(verification.blocker, verification.blocker)
        stopped = _("stopped by %s") % blocker if blocker else ""
        yield (
            f"{verification.pk}",
            "; ".join(filter(None, [_at(verification.created_at), checks, _timing(verification), stopped])),
        )


def _profiles(connection: Connection) -> Lines:
    for profile in connection.profiles.select_related("legal_entity").order_by("pk"):
        times = {
            _("requested"): profile.requested_at,
            _("decided"): profile.decided_at,
            _("synced"): profile.first_synced_at,
        }
        past_times = [f"{what} {_at(at)}" for what, at in times.items() if at]
        yield f"{profile.pk} {profile}", "; ".join([profile.get_state_display(), *past_times])


def _runs(connection: Connection) -> Lines:
    profiles = SyncProfile.objects.filter(connection=connection)
    runs = SyncRun.objects.filter(profile__in=profiles).order_by("-pk").prefetch_related("lists")[:LATEST]
    for run in runs:
        reason = _in_words(explain(run)) if run.cause else ""
        words = [run.get_kind_display(), _at(run.created_at), _timing(run), run.get_result_display(), reason]
        yield f"{run.pk}", "; ".join(filter(None, words))
        yield from _lists(run.lists.all())


def _lists(lists: Iterable[ListRun]) -> Lines:
    for list_run in lists:
        if list_run.state in ListRun.TROUBLED:
            counted = (list_run.counted_before, list_run.counted_after)
            counts = "/".join("–" if count is None else str(count) for count in (list_run.read, *counted))
            yield (
                f"· {list_run.title}",
                f"{list_run.get_state_display()}; {counts}; {_in_words(explain_sync(list_run))}",
            )


def _events(connection: Connection) -> Lines:
    for event in AuditEvent.objects.for_timeline(connection.customer_id)[:EVENTS]:
        yield _at(event.occurred_at), f"{event.actor_name}: {event.sentence}"


def _in_words(explanation: Explanation | None) -> str:
    """Return the diagnosis and Intacct's own words, Support ID included."""
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
