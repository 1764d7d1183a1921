"""Erase personal values from events, for the deletion of a customer. The chains verify before, during and after."""

from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext_lazy as _

from audit.actions import Action

ACTIONS = (Action("audit.erased", _("Replaced names and texts in %(events)s events by pseudonyms")),)
SUBJECTS = {"audit": _("Erased texts")}


def audit_erase(events: Sequence[int], *, customer_id: int, actor_id: int | None, key: bytes) -> int:
    """Replace what is personal in these events by pseudonyms, and record that in the customer's chain.

    events: keys of events of this customer or of no customer. key: random bytes. Under one key, one value has one
    pseudonym. Someone with the key can check a guess of a value, so destroy it afterwards. Return how many events had
    something to erase.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase(%s, %s, %s, %s)", [list(events), customer_id, actor_id, key])
        (count,) = cursor.fetchone()
    return int(count)
