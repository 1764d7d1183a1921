"""How long messages to channels are stored."""

from datetime import datetime

from django.db.models import QuerySet

from core.leases import State
from core.retention import Rule
from operations.models import ChannelMessage


def _old_messages(before: datetime) -> QuerySet[ChannelMessage]:
    return ChannelMessage.objects.filter(state=State.DONE, finished_at__lt=before)


RULES = (Rule("channel-messages", _old_messages, "finished_at", "RETENTION_CHANNEL_MESSAGES_DAYS"),)
