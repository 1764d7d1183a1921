"""Sort and search names as readers expect it, without regard to case and accents.

The database compares by code point: Z before a, é after z, 10 before 9. An ICU collation would solve this, but not
every PostgreSQL has ICU, and we may not have the rights to install an extension.
"""

from functools import reduce
from operator import or_

from django.db.models import Func, Q, TextField, Value
from django.db.models.lookups import Contains

MOST_WORDS = 10
LONGEST_SEARCH = 200


class Folded(Func):
    """Remove accents and case from a text, in the database."""

    function = "core_fold"
    output_field = TextField()


class Natural(Func):
    """Give the sort key of a text: folded, with numbers compared by size. Takes about 10 microseconds per value."""

    function = "core_natural"
    output_field = TextField()


def holds_every_word(words: str, *fields: str) -> Q:
    """Return a condition: every word is in one of these text fields. Only the first `MOST_WORDS` words count."""
    condition = Q()
    for word in words[:LONGEST_SEARCH].split()[:MOST_WORDS]:
        # Field by field: to join them takes PostgreSQL as long as to fold them.
        condition &= reduce(or_, (Q(Contains(Folded(field), Folded(Value(word)))) for field in fields))
    return condition
