from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from accounts.models import User
from accounts.stale_forms import Changed
from audit.services import event_record
from core.queue import publish
from operations.channels.addresses import set_url
from operations.channels.models import TEST, Channel, ChannelKind, ChannelMessage


@transaction.atomic
def channel_create(*, actor: User, kinds: Collection[str], secret_url: str = "", **fields: Any) -> Channel:
    channel = Channel(**fields, changed_by=actor)
    if secret_url:
        set_url(channel, secret_url)
    channel.save()
    _set_kinds(channel, kinds)
    _record("channel.created", channel, actor, service=channel.service, address=channel.address, kinds=sorted(kinds))
    return channel


@transaction.atomic
def channel_change(
    *, channel: Channel, actor: User, version: int | None, kinds: Collection[str], secret_url: str = "", **fields: Any
) -> None:
    """Change a channel. Without a URL, the stored one stays. Raises Changed if it is no longer of this version."""
    channel = Channel.objects.select_for_update().get(pk=channel.pk)
    if channel.version != version:
        raise Changed
    before = _values(channel)
    for name, value in fields.items():
        setattr(channel, name, value)
    if secret_url:
        set_url(channel, secret_url)
    _set_kinds(channel, kinds)
    changes = _differences(before, _values(channel))
    if not changes and not secret_url:
        return
    channel.version += 1
    channel.changed_by = actor
    channel.save()
    _record("channel.changed", channel, actor, changes=changes, has_new_url=bool(secret_url))


def _values(channel: Channel) -> dict[str, Any]:
    values = {name: getattr(channel, name) for name in ("name", "team", "language", "email")}
    return {**values, "kinds": sorted(channel.kinds.values_list("kind", flat=True))}


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}


def _set_kinds(channel: Channel, kinds: Collection[str]) -> None:
    """What stays on goes on reporting what began before."""
    channel.kinds.exclude(kind__in=kinds).delete()
    rows = [ChannelKind(channel=channel, kind=kind) for kind in kinds]
    ChannelKind.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def channel_delete(*, channel: Channel, actor: User) -> None:
    _record("channel.deleted", channel, actor)
    channel.delete()


@transaction.atomic
def channel_test(*, channel: Channel, actor: User) -> ChannelMessage:
    """Send a message that reports nothing. A user who asks for it may have fixed the channel: nothing waits for it."""
    with translation.override(channel.language):
        text = gettext("This is a test. Beanworks Connect can report to this channel.")
    link = reverse("operations:channels")
    message = ChannelMessage.objects.create(channel=channel, kind=TEST, text=text, link=link)
    channel.messages.filter(state="queued").update(due_at=None)
    publish(ChannelMessage.task, message.pk)
    _record("channel.tested", channel, actor)
    return message


def record_failure(message: ChannelMessage) -> None:
    """Record that a message was given up. Runs in the transaction that ends it."""
    _record(
        "channel.failed",
        message.channel,
        None,
        kind=message.kind,
        failure_reason=message.failure_reason,
    )


def _record(action: str, channel: Channel, actor: User | None, **metadata: Any) -> None:
    event_record(action=action, actor=actor, target=channel, name=channel.name, **metadata)
