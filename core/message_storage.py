"""Store Django's messages so that names in a `Sentence` are still isolated when the next page shows it."""

from typing import Any

from django.contrib.messages.storage.fallback import FallbackStorage
from django.utils.html import conditional_escape

from core.isolated_text import Sentence


class Storage(FallbackStorage):
    """Store messages in a cookie or the session."""

    def add(self, level: int, message: Any, extra_tags: str | None = "") -> None:
        """Add a message. A `Sentence` is stored as markup, since a stored string would lose it."""
        text = conditional_escape(message) if isinstance(message, Sentence) else message
        super().add(level, text, extra_tags)
