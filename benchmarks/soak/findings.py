"""What may not be after a long run: each function yields problems in words."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.management import CommandError, call_command

from api.models import WebhookDelivery, WebhookEvent
from api.webhooks.reports import RUN_TYPES
from core.queue_states import kinds_of_work
from mail.models import Email
from smartsync.models import ListItem, MissedRun, Schedule, SyncRun
from smartsync.recurrence import moments_of_week
from tests.support.receiver import Receiver
from wizard.models import Connection

from .customers import Customer
from .failures import HANGS, WEB
from .figures import Answer, Figures, thirds
from .services import Copy
from .stack import Stack

MOST_GROWTH = 1.10
"""Of a process's memory from the second third of the time to the last."""
LEAST_MINUTES = 15.0
"""Of a run whose growth says something. In the first five minutes, each process gets its first work, for which it
starts threads and opens connections; in a shorter run, that is not over after the first third."""
LEVEL = re.compile(r"\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")
EXPECTED = re.compile(
    r"consumer: Cannot connect to redis|Couldn't apply scheduled task"  # Celery, while the broker is down
    r"|Unexpected exit from worker"  # Granian, about a process that was killed
    # An attempt whose worker was stopped within a transaction.
    r"|idle-in-transaction timeout|server closed the connection unexpectedly"
    r"|due to lock timeout"  # a page with status 503, which counts as an answer
)
"""In lines at ERROR, or in their traceback, that report what was done to the product."""
RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d |\[[A-Z]+\] )", re.MULTILINE)
"""The start of a record, which may have more lines."""
BUSY = 503
NOT_READY = ("readyz", BUSY)
LONGEST_HANG = 30.0
"""Seconds that a worker may hang: until the next failure, and until its lease ends."""
AROUND_A_KILL = 2.0
"""Seconds. A request that begins so shortly after a web process was killed may still get no answer."""


def bad_answers(figures: Figures) -> Iterator[str]:
    """Requests that failed."""
    bad = [answer for answer in figures.answers if answer.status >= 400 or not answer.status]
    bad = [answer for answer in bad if not is_explained(answer, figures) and (answer.page, answer.status) != NOT_READY]
    for (page, status), count in Counter((answer.page, answer.status) for answer in bad).items():
        example = next(answer.address for answer in bad if (answer.page, answer.status) == (page, status))
        yield f"{count} requests of {page} had status {status or 'none'}, such as {example}"


def not_ready(figures: Figures) -> Iterator[str]:
    """A busy machine may delay one answer. After three in a row, Kubernetes sends no users to a process."""
    probes = [(answer.page, answer.status) for answer in figures.answers if answer.page == NOT_READY[0]]
    if any({*probes[at : at + 3]} == {NOT_READY} for at in range(len(probes) - 2)):
        yield "a process of the web server was not ready three times in a row"


def is_explained(answer: Answer, figures: Figures) -> bool:
    """Whether a killed web process was answering, or a worker hung that may have had a lock: users then get a 503."""
    if answer.status == BUSY:
        hung = [at for name, at in figures.failures if name.startswith(HANGS)]
        return any(at < answer.began + answer.seconds and answer.began < at + LONGEST_HANG for at in hung)
    kills = [at for name, at in figures.failures if name == WEB]
    return not answer.status and any(answer.began - AROUND_A_KILL < at < answer.began + answer.seconds for at in kills)


def growth(figures: Figures, minutes: float) -> Iterator[str]:
    """Processes that use more and more. minutes: how long the product was disturbed."""
    if minutes < LEAST_MINUTES:
        return
    for name, samples in figures.samples.items():
        for what in ("megabytes", "threads", "files"):
            *_first, before, after = thirds([getattr(sample, what) for sample in samples])
            if after > MOST_GROWTH * before:
                yield f"{name} had {before:.0f} {what} in the second third of the time and {after:.0f} in the last"


def levels(log: Path) -> Counter[str]:
    """Count the records of a log by level, and those at ERROR that were expected."""
    return Counter(level for level, _record in records(log))


def errors(folder: Path) -> Iterator[str]:
    for log in sorted(folder.glob("*.log")):
        bad = [record for level, record in records(log) if level in ("ERROR", "CRITICAL")]
        for record in bad[:10]:
            yield f"{log.name}, one of {len(bad)} records at ERROR: {record[:400]}"


def records(log: Path) -> Iterator[tuple[str, str]]:
    """Yield the level and the text of each record of a log."""
    for record in RECORD.split(log.read_text(errors="replace")):
        if level := LEVEL.search(record[:80]):
            is_expected = level[1] == "ERROR" and EXPECTED.search(record)
            yield "ERROR, expected" if is_expected else level[1], record


def unfinished_work() -> Iterator[str]:
    for kind in kinds_of_work():
        if count := kind.objects.active().count():
            yield f"{count} rows of {kind._meta.label} have not ended"


def incomplete_last_syncs(customers: Sequence[Customer]) -> Iterator[str]:
    for customer in customers:
        run = SyncRun.objects.for_history(customer.company.profile).first()
        if run is None or (run.kind, run.result) != (SyncRun.Kind.FULL, SyncRun.Result.COMPLETE):
            lists = run and list(run.lists.exclude(state="complete").values_list("slug", "state", "cause"))
            yield f"the last sync of {customer.company.id} is not complete: {run} {run and run.result} {lists}"


def lost_records(customers: Sequence[Customer], copies: Sequence[Copy]) -> Iterator[str]:
    for customer, copy in zip(customers, copies, strict=True):
        if differences := customer.company.compared():
            yield f"{customer.company.id} differs from Intacct: {differences}"
        items = ListItem.objects.present().filter(profile=customer.profile_pk)
        ours = {(item.list, item.key): item.fields for item in items}
        if ours != copy.records:
            places = [key for key in ours.keys() | copy.records.keys() if ours.get(key) != copy.records.get(key)]
            yield f"{customer.company.id}: the copy of another service differs in {len(places)} records: {places[:5]}"


def lost_webhooks(receiver: Receiver) -> Iterator[str]:
    """Each event and each end of a sync must have been received, and the numbers of a connection have no gaps."""
    received = {request.headers["webhook-id"]: request.event for request in receiver.taken}
    events = {event.name for event in WebhookEvent.objects.all()}
    if lost := events - received.keys():
        yield f"{len(lost)} of {len(events)} events were not received: {sorted(lost)[:5]}"
    runs = Counter(event["data"]["run_id"] for event in received.values() if "run_id" in event["data"])
    ended = set(SyncRun.objects.filter(result__in=RUN_TYPES).values_list("pk", flat=True))
    if missing := ended - runs.keys():
        yield f"no event reports the end of these syncs: {sorted(missing)}"
    for connection in Connection.objects.all():
        data = [event["data"] for event in received.values() if event["data"].get("connection_id") == connection.pk]
        numbers = sorted(item["sequence"] for item in data)
        if numbers != [*range(1, 1 + len(numbers))]:
            yield f"the events of {connection} have the numbers {numbers}"
    if undelivered := WebhookDelivery.objects.filter(delivered_at=None).count():
        yield f"{undelivered} deliveries were given up"


def lost_emails(stack: Stack) -> Iterator[str]:
    received = Counter(message["Message-ID"].split("@")[0] for message in stack.mail.post.taken)
    for email in Email.objects.all():
        if not received[f"<mail-{email.pk}"]:
            yield f"email {email.pk} ({email.kind}) was not received: {email.failure_reason or email.state}"


def lost_schedules() -> Iterator[str]:
    """Each time of a schedule has a run, or a reason why there is none."""
    for schedule in Schedule.objects.all():
        zone = ZoneInfo(schedule.time_zone)
        moments = moments_of_week(schedule.days, schedule.times, zone, after=schedule.created_at)
        passed = {moment for moment in moments if schedule.next_at and moment < schedule.next_at}
        runs = SyncRun.objects.filter(schedule=schedule).values_list("scheduled_for", flat=True)
        missed = MissedRun.objects.filter(schedule=schedule).values_list("due_at", flat=True)
        if lost := passed - {*runs, *missed}:
            yield f"schedule {schedule.pk} did not start at {sorted(lost)}"


def broken_audit_log() -> Iterator[str]:
    try:
        call_command("verify_audit")
    except CommandError as error:
        yield str(error)


def blocked_connections() -> Iterator[str]:
    for connection in Connection.objects.exclude(sign_in_block=""):
        yield f"{connection} is blocked: {connection.sign_in_block}"
