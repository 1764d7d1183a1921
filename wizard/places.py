"""Where in an Intacct company bills go: the top level, or one entity. One spelling of it, for every form.

In the database a place is an entity's ID, "" for the top level. In a form "" means that nothing was chosen, and an
entity may well have the ID `top`.
"""

TOP = "top"
PREFIX = "entity:"


def place_of(entity_id: str) -> str:
    """As forms write it."""
    return f"{PREFIX}{entity_id}" if entity_id else TOP


def entity_id_of(place: str) -> str:
    """Of what a form offered."""
    return place.removeprefix(PREFIX) if place.startswith(PREFIX) else ""
