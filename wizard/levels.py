"""How forms write a level: where bills go in an Intacct company, to the top level or to one entity.

The database stores an entity's ID, "" for the top level. In a form, "" means that nothing was chosen. The prefix is
needed because an entity may have the ID `top`.
"""

TOP = "top"
PREFIX = "entity:"


def level_of(entity_id: str) -> str:
    """The value of an entity ID in forms."""
    return f"{PREFIX}{entity_id}" if entity_id else TOP


def entity_id_of(level: str) -> str:
    """The entity ID of a form's value."""
    return level.removeprefix(PREFIX) if level.startswith(PREFIX) else ""
