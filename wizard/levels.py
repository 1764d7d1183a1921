"""How forms write where bills go in an Intacct company: to the top level, or to one entity.

The database stores an entity's ID, "" for the top level. In a form, "" means that nothing was chosen. The prefix is
needed because an entity may have the ID `top`.
"""

TOP = "top"
PREFIX = "entity:"


def place_of(entity_id: str) -> str:
    """The value of an entity ID in forms."""
    return f"{PREFIX}{entity_id}" if entity_id else TOP


def entity_id_of(place: str) -> str:
    """The entity ID of a form's value."""
    return place.removeprefix(PREFIX) if place.startswith(PREFIX) else ""
