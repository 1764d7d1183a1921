"""Send messages to channels. A channel that fails pauses for itself; the others go on."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone, translation

from core.encryption import Undecryptable
from core.leases import State, renew_periodically
from core.outgoing.errors import NotSent
from core.outgoing.transport import Answer, begin, send
from mail.services import email_send
from operations.channels.addresses import open_url, without_secrets
from operations.channels.formats import body_of
from operations.channels.models import Channel, ChannelMessage
from operations.channels.services import record_failure

WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]
"""The wait after each failed attempt. After the last wait there is one more attempt, and no further one."""
LONGEST_ASKED = timedelta(hours=1)
"""The longest pause that a service gets by the header Retry-After."""
RETRIED = (408, 429)
"""Answers below 500 after which a message is retried. Any other means that it will never be taken."""
HEADERS = {"Content-Type": "application/json", "User-Agent": "Beanworks-Connect/1"}
Reason = ChannelMessage.FailureReason


def channel_message_deliver(message: ChannelMessage) -> None:
    """Try once to send a message that this worker has claimed. Raises LeaseLost."""
    if message.channel.service == Channel.Service.EMAIL:
        _hand_to_outbox(message)
        return

    answer, reason = None, ""
    try:
        with renew_periodically(message), translation.override(message.channel.language):
            url = open_url(message.channel)
            answer = begin(send(url, body_of(message), HEADERS)).result()
            answer = answer._replace(text=without_secrets(answer.text, url))
    except Undecryptable:
        reason = Reason.UNREADABLE
    except NotSent as failure:
        reason = failure.reason
    _record(message, answer, reason)


@transaction.atomic
def _hand_to_outbox(message: ChannelMessage) -> None:
    """The outbox has its own retries, and its page shows what was not delivered."""
    message.hold()
    with translation.override(message.channel.language):
        email_send(
            kind="channel_message",
            to=message.channel.email,
            dedupe_key=f"channel_message:{message.pk}",
            context={"text": message.text},
            link=message.link,
            customer=message.customer,
        )
    _finish_sent(message)


@transaction.atomic
def _record(message: ChannelMessage, answer: Answer | None, reason: str) -> None:
    message.hold()
    message.status, message.response = (answer.status, answer.text[:200]) if answer else (None, "")
    if answer and 200 <= answer.status < 300:
        _finish_sent(message)
        return

    message.failure_reason = reason or Reason.STATUS
    if _is_final(message):
        message.finish()
        record_failure(message)
        return
    _retry(message, max(WAITS[message.attempts - 1], _asked(answer)))


def _is_final(message: ChannelMessage) -> bool:
    is_refused = message.status is not None and message.status < 500 and message.status not in RETRIED
    return is_refused or message.failure_reason == Reason.UNREADABLE or message.attempts > len(WAITS)


def _asked(answer: Answer | None) -> timedelta:
    seconds = answer.retry_after if answer and answer.retry_after.isascii() and answer.retry_after.isdigit() else "0"
    return min(timedelta(seconds=int(seconds[:6])), LONGEST_ASKED)


def _retry(message: ChannelMessage, wait: timedelta) -> None:
    message.due_at = timezone.now() + wait
    # Our code worked, so this attempt does not count as a failure of it.
    message.failures = 0
    message.state, message.lease_token, message.lease_until = State.QUEUED, None, None
    message.save()
    # Locked, so that no two workers that fail at once wait for each other's rows.
    Channel.objects.select_for_update(no_key=True).get(pk=message.channel_id)
    # The others of this channel wait too, so that a dead channel does not keep workers waiting for it.
    queued = ChannelMessage.objects.filter(channel=message.channel_id, state=State.QUEUED)
    queued.exclude(due_at__gt=message.due_at).update(due_at=message.due_at)


def _finish_sent(message: ChannelMessage) -> None:
    message.sent_at, message.failure_reason = timezone.now(), ""
    message.finish()


def channel_message_give_up(message: ChannelMessage) -> None:
    """End a message after our own code failed on it repeatedly."""
    message.failure_reason = Reason.CRASHED
    message.finish()
