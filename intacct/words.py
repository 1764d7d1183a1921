def gettext_noop(message: str) -> str:
    """Marks a text for translation; this library has no catalogue of translations of its own."""
    return message
