"""What is missing until a connection works, as other services get it. Without ninja, since workers write it too."""

from typing import Any

from core.links import absolute_url
from wizard.missing import MissingItem


def requirement_of(item: MissingItem) -> dict[str, Any]:
    return {
        "code": item.code,
        "kind": item.kind.value,
        "what": str(item.headline),
        "who": item.who.value,
        "step": item.stage.slug,
        "url": absolute_url(item.url),
        "intacct_path": list(item.place.path) if item.place else [],
        "values": [{"label": str(label), "value": value} for label, value in item.values],
        "instructions": [str(step) for step in item.instructions],
        "since": item.since,
        "last_passed_at": item.last_passed_at,
    }
