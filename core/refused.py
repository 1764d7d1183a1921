class Refused(Exception):
    """The act may not be done; the text tells the user why, in their language."""
