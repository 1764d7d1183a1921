"""Django's messages, in which the names of a sentence stay isolated from the words until the next page shows it."""

from typing import Any

from django.contrib.messages.storage.fallback import FallbackStorage
from django.utils.html import conditional_escape

from core.sentences import Sentence


class Storage(FallbackStorage):
    def add(self, level: int, message: Any, extra_tags: str | None = "") -> None:
        """A sentence is stored as its markup: of a string, only the text would come back."""
        text = conditional_escape(message) if isinstance(message, Sentence) else message
        super().add(level, text, extra_tags)
