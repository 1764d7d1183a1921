"""Deliver events to endpoints, and decide what a failure means for both.

An endpoint gets one request at a time, the oldest event first, so a slow one delays only itself. After a failure it is
paused: the events that wait for it do not take workers, one after the other, for their time-outs.

A worker claims, signs and records deliveries to many endpoints together: one by one, their queries took most of the
time of a worker. It sends them at the same time, and records what is answered without waiting for the rest.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from api.models import WebhookDelivery, WebhookEndpoint
from api.waiting import release_connection
from api.webhooks.endpoints import WORKING, disable
from api.webhooks.secrets import signed_headers, working_secrets
from core.leases import LeaseLost, State, renew_periodically
from core.metrics import WEBHOOK_OUTCOMES, WEBHOOK_SECONDS, WORK_ENDED, count_on_commit
from core.outgoing.errors import NotSent
from core.outgoing.transport import Answer, begin, send
from core.queue import publish_together
from core.work import attempt, register_work
from intacct.transport import seconds_to_wait

PATIENCE = timedelta(days=3)
"""How long an event is retried."""
WAITS = [timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30)] + [
    timedelta(hours=hours) for hours in (1, 2, 4, 8, 16)
]
"""The wait after each failed attempt at an event; the last one repeats."""
LONGEST_PAUSE = timedelta(minutes=10)
"""An endpoint that fails is tried at least this often while events wait, unless it asks for more time."""
LONGEST_ASKED = timedelta(hours=1)
"""The longest pause that a receiver gets by the header Retry-After."""
OUTAGE = 3
"""So many failures in a row mean that the endpoint was away, and not that it refuses one event."""
BATCH = 50
"""Deliveries that are claimed together, each to another endpoint."""
GATHERING = 0.05
"""Seconds to wait for more answers, so that they are recorded together."""
AGENT = "Beanworks-Connect-Webhooks/1"
GONE = 410
log = logging.getLogger(__name__)
Reason = WebhookDelivery.FailureReason
Headers = Mapping[str, str]
Answers = Mapping[WebhookDelivery, Future[Answer]]
RECORD_SUCCESSES = f"""
    UPDATE {WebhookDelivery._meta.db_table} AS delivery
    SET state = 'done', delivered_at = now(), finished_at = now(), failure_reason = '', failures = 0,
        lease_token = NULL, lease_until = NULL, due_at = NULL,
        status = answer.status, response = answer.response, milliseconds = answer.milliseconds
    FROM unnest(%s::bigint[], %s::uuid[], %s::smallint[], %s::text[], %s::int[])
        AS answer (id, lease_token, status, response, milliseconds)
    WHERE delivery.id = answer.id AND delivery.state = 'running' AND delivery.lease_token = answer.lease_token
"""  # noqa: S608 - only the name of the table is put into it


def deliver(pks: Collection[int]) -> None:
    """Try once to deliver what is next for the endpoint of each of these deliveries."""
    deliveries = WebhookDelivery.objects.claim_turns(pks)
    secrets = working_secrets([delivery.endpoint for delivery in deliveries])
    signatures: dict[WebhookDelivery, Headers] = {}

    def sign(delivery: WebhookDelivery) -> None:
        if delivery.endpoint_id not in secrets:
            raise LeaseLost(f"deliveries to {delivery.endpoint_id}, which was deleted")
        signatures[delivery] = signed_headers(delivery.event, secrets[delivery.endpoint_id])

    for delivery in deliveries:
        _attempt(delivery, sign)
    with register_work(*signatures), renew_periodically(*signatures):
        for answers in _send_all(signatures):
            _record_all(answers)


def _attempt(delivery: WebhookDelivery, work: Callable[[WebhookDelivery], object]) -> None:
    """Do one part of the work. An error in it concerns no other delivery."""
    attempt(delivery, work, end=_give_up, notify=lambda delivery: None)


def _give_up(delivery: WebhookDelivery) -> None:
    delivery.failure_reason = Reason.CRASHED
    delivery.finish()


def _send_all(signatures: Mapping[WebhookDelivery, Headers]) -> Iterator[Answers]:
    """Send all at the same time. Yield the answers as they come, those together that come together."""
    sent = {begin(_send(delivery, headers)): delivery for delivery, headers in signatures.items()}
    waiting: set[Future[Answer]] = set(sent)
    while waiting:
        release_connection()  # a receiver may take ten seconds
        wait(waiting, return_when=FIRST_COMPLETED)
        done, waiting = wait(waiting, GATHERING)
        yield {sent[answer]: answer for answer in done}


async def _send(delivery: WebhookDelivery, signature: Headers) -> Answer:
    began = monotonic()
    headers = {"Content-Type": "application/json", "User-Agent": AGENT, **signature}
    try:
        return await send(delivery.endpoint.url, delivery.event.body.encode(), headers)
    finally:
        delivery.milliseconds = int((monotonic() - began) * 1000)


def _report(delivery: WebhookDelivery, answer: Future[Answer]) -> None:
    """Count and log what was sent to whom."""
    error = answer.exception()
    outcome = str(getattr(error, "reason", "error")) if error else f"{answer.result().status // 100}xx"
    WEBHOOK_SECONDS.observe((delivery.milliseconds or 0) / 1000)
    WEBHOOK_OUTCOMES.labels(outcome).inc()
    ids = {"endpoint_id": delivery.endpoint_id, "event_id": delivery.event_id}
    fields = {"kind": delivery.work_kind, "row": delivery.pk, "outcome": outcome, "ids": ids}
    log.info("webhook %s: %s after %s ms", delivery.pk, outcome, delivery.milliseconds, extra=fields)


def _record_all(answers: Answers) -> None:
    """Record what was answered, and let what is next for these endpoints be sent."""
    others = dict(answers)
    for delivery, answer in answers.items():
        _report(delivery, answer)
    try:
        for delivery in _record_successes(answers):
            del others[delivery]
    except DatabaseError:
        # One of them may be the reason, so each is recorded by itself.
        log.exception("%s answers could not be recorded together", len(answers))
    for delivery, answer in others.items():
        _attempt(delivery, partial(_record, answer=answer))

    endpoints = WebhookEndpoint.objects.filter(pk__in=[delivery.endpoint_id for delivery in answers])
    publish_together(WebhookDelivery.task, WebhookDelivery.objects.turns_at(endpoints), BATCH)


def _record_successes(answers: Answers) -> list[WebhookDelivery]:
    """Record in one statement, and return, what was accepted by endpoints that did not fail before.

    A delivery whose lease this worker has lost stays as it is.
    """
    accepted = [row for row, answer in answers.items() if not row.endpoint.failures and _is_success(answer)]
    if accepted:
        texts = [answers[row].result() for row in accepted]
        columns = (
            [row.pk for row in accepted],
            [row.lease_token for row in accepted],
            [answer.status for answer in texts],
            [answer.text for answer in texts],
            [row.milliseconds for row in accepted],
        )
        with connection.cursor() as cursor:
            cursor.execute(RECORD_SUCCESSES, columns)
        count_on_commit(WORK_ENDED, accepted[0].work_kind, "delivered", amount=len(accepted))
    return accepted


def _is_success(answer: Future[Answer]) -> bool:
    return answer.exception() is None and 200 <= answer.result().status < 300


@transaction.atomic
def _record(delivery: WebhookDelivery, answer: Future[Answer]) -> None:
    asked = timedelta(0)
    try:
        delivery.status, delivery.response, retry_after = answer.result()
        delivery.failure_reason = "" if _is_success(answer) else Reason.STATUS
        asked = timedelta(seconds=min(seconds_to_wait(retry_after) or 0, LONGEST_ASKED.total_seconds()))
    except NotSent as failure:
        delivery.status, delivery.response, delivery.failure_reason = None, "", failure.reason

    # Locked before the delivery, as everywhere, so that no two transactions wait for each other. A success changes
    # only an endpoint that failed before, and no other worker sends to this one.
    endpoint = delivery.endpoint
    if delivery.failure_reason or endpoint.failures:
        endpoint = _lock(endpoint)
    delivery.hold()
    if not delivery.failure_reason:
        _record_success(delivery, endpoint)
    elif endpoint.url == delivery.endpoint.url:
        _record_failure(delivery, endpoint, asked)
    else:  # the URL was changed since: this is the answer of the old one
        _retry(delivery, timezone.now())


def _lock(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    locked = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint.pk).first()
    if locked is None:
        raise LeaseLost(f"deliveries to {endpoint.pk}, which was deleted")
    return locked


def _record_success(delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> None:
    delivery.delivered_at = timezone.now()
    delivery.finish()
    if endpoint.failures:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(**WORKING)
    if endpoint.failures >= OUTAGE:
        # Now that it is back, nothing waits for hours any more.
        endpoint.deliveries.filter(state=State.QUEUED).update(due_at=None)


def _record_failure(delivery: WebhookDelivery, endpoint: WebhookEndpoint, asked: timedelta) -> None:
    now = timezone.now()
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or now
    endpoint.paused_until = now + max(min(_wait_after(endpoint.failures), LONGEST_PAUSE), asked)
    endpoint.save(update_fields=WORKING)

    began = delivery.started_at or now
    if delivery.status != GONE and now - began < PATIENCE:
        _retry(delivery, min(now + max(_wait_after(delivery.attempts), asked), began + PATIENCE))
        return
    delivery.finish()
    if delivery.status == GONE:
        disable(endpoint, WebhookEndpoint.DisabledReason.GONE)
    elif not endpoint.deliveries.filter(delivered_at__gt=began).exists():
        # An endpoint that took other events since then works: only this event is lost to it.
        disable(endpoint, WebhookEndpoint.DisabledReason.FAILING)


def _wait_after(failures: int) -> timedelta:
    return WAITS[min(failures, len(WAITS)) - 1]


def _retry(delivery: WebhookDelivery, at: datetime) -> None:
    delivery.due_at = at
    # Our code worked, so this attempt does not count as a failure of it.
    delivery.failures = 0
    delivery.state, delivery.lease_token, delivery.lease_until = State.QUEUED, None, None
    delivery.save()
