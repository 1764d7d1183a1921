"""Messages as Slack and Teams take them.

Slack: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, with blocks of Block Kit. Teams: the
template "Post to a channel when a webhook request is received" of Workflows, which takes Adaptive Cards only:
https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using

Names of customers are not ours, so they stand only in parts that read no markup.
"""

import json
from typing import Any

from django.utils.translation import gettext as _

from core.links import absolute_url
from operations.channels.models import Channel, ChannelMessage


def body_of(message: ChannelMessage) -> bytes:
    """Return the body of the request, in the current language."""
    formats = {Channel.Service.SLACK.value: slack_message, Channel.Service.TEAMS.value: teams_message}
    return json.dumps(formats[message.channel.service](message.text, absolute_url(message.link))).encode()


def slack_message(text: str, url: str) -> dict[str, Any]:
    # `text` is what notifications and screen readers read; Slack reads markup in it.
    return {
        "text": _escape(text),
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}},
            {"type": "section", "text": {"type": "mrkdwn", "text": f"<{_escape(url)}|{_escape(_open())}>"}},
        ],
    }


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams_message(text: str, url: str) -> dict[str, Any]:
    # A TextBlock reads Markdown, a TextRun does not. Version 1.4 is shown by every client of Teams.
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}],
        "actions": [{"type": "Action.OpenUrl", "title": _open(), "url": url}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _open() -> str:
    return _("Open in Beanworks Connect")
