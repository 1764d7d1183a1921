"""The URLs of channels: secrets, stored encrypted."""

import re
from urllib.parse import urlsplit

from core.encryption import decrypt, encrypt, rewrap
from core.rewrapping import rewrap_rows
from operations.channels.models import Channel

SECRET_LENGTH = 9
"""Characters. Shorter parts of a URL are words such as "services"."""


def set_url(channel: Channel, url: str) -> None:
    """Set the URL of a channel that is not saved yet. Of the URL, only the host is shown."""
    channel.envelope, channel.host = encrypt(url.encode(), _place(channel)), urlsplit(url).netloc


def open_url(channel: Channel) -> str:
    """Decrypt the URL. Raises Undecryptable."""
    return decrypt(bytes(channel.envelope or b""), _place(channel)).decode()


def without_secrets(text: str, url: str) -> str:
    """Return what a service answered without the long parts of the URL: some repeat it in an error."""
    for part in re.split("[/?&=]", url.partition("://")[2])[1:]:
        if len(part) >= SECRET_LENGTH:
            text = text.replace(part, "…")
    return text


def channels_rewrap() -> tuple[int, int]:
    """Wrap every URL by the current key. Returns how many were changed, and how many cannot be decrypted."""
    return rewrap_rows(Channel.objects.filter(envelope__isnull=False), _rewrap)


def _rewrap(channel: Channel) -> bool:
    before = bytes(channel.envelope or b"")
    channel.envelope = rewrap(before, _place(channel))
    channel.save(update_fields=["envelope"])
    return channel.envelope != before


def _place(channel: Channel) -> bytes:
    """Return what an envelope is bound to, so that no one can move a URL to another channel."""
    return f"URL of channel {channel.uid}".encode()
