from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from accounts.models import User
from accounts.stale_forms import Changed
from audit.services import event_record
from operations.canned_texts.models import CannedText


@transaction.atomic
def canned_text_add(*, actor: User, purpose: str, **values: Any) -> CannedText:
    """Add a text at the end of those for the same purpose."""
    last = _lock(purpose).aggregate(last=Max("position"))["last"] or 0
    text = CannedText.objects.create(purpose=purpose, position=last + 1, changed_by=actor, **values)
    _record("canned_text.added", text, actor)
    return text


@transaction.atomic
def canned_text_change(*, actor: User, text: CannedText, version: int | None, values: Mapping[str, Any]) -> None:
    """Change a text, or whether it is offered. Raises Changed if it is no longer of this version."""
    text = CannedText.objects.select_for_update().get(pk=text.pk)
    if text.version != version:
        raise Changed
    changed = [name for name, value in values.items() if getattr(text, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(text, name, values[name])
    text.version += 1
    text.changed_by = actor
    text.save()
    _record("canned_text.changed", text, actor, changed=changed)


@transaction.atomic
def canned_text_move(*, actor: User, text: CannedText, down: bool) -> None:
    """Swap a text with its neighbor. At the end of the order nothing happens."""
    texts = list(_lock(text.purpose).order_by("position" if down else "-position"))
    place = texts.index(text)
    if place + 1 == len(texts):
        return
    moved, neighbor = texts[place], texts[place + 1]
    moved.position, neighbor.position = neighbor.position, moved.position
    CannedText.objects.bulk_update([moved, neighbor], ["position"])
    _record("canned_text.moved", moved, actor)


def _lock(purpose: str) -> Any:
    """Lock the texts of one purpose in one order, so that two users who move texts do not wait for each other."""
    texts = CannedText.objects.filter(purpose=purpose)
    list(texts.order_by("pk").select_for_update())
    return texts


def _record(action: str, text: CannedText, actor: User, **metadata: Any) -> None:
    event_record(action=action, actor=actor, target=text, text=text.english, **metadata)
