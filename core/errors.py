"""Define the exception for actions that users may not do."""


class Refused(Exception):
    """Raised when an action is not allowed. Its text is for the user, in the user's language, and gives the reason."""
