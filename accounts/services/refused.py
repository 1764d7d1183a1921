class Refused(Exception):
    """The act may not be done; the text tells the person why, in their language."""
