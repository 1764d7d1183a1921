"""Mark texts for translation."""


def gettext_noop(message: str) -> str:
    """Mark a text for translation and return it unchanged: this library has no translations of its own."""
    return message
