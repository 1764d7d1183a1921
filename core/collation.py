"""Names in the order in which people look for them, and found however they are typed.

The database compares by code point: Z before a, é after z, 10 before 9. A collation of ICU would do, but not every
PostgreSQL has ICU, nor the rights to install an extension.
"""

from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import Concat
from django.db.models.lookups import Contains

MOST_WORDS = 10
LONGEST_SEARCH = 200


class Folded(Func):
    """Without accents and case."""

    function = "core_fold"
    output_field = TextField()


class Natural(Func):
    """To order by: folded, and numbers in it by their size. Costs about 10 microseconds a value."""

    function = "core_natural"
    output_field = TextField()


def holds_every_word(words: str, *fields: str) -> Q:
    """Whether each of the words is in one of these text fields. No more than `MOST_WORDS` of them count."""
    text = Folded(Concat(*(part for field in fields for part in (field, Value(" "))), output_field=TextField()))
    condition = Q()
    for word in words[:LONGEST_SEARCH].split()[:MOST_WORDS]:
        condition &= Q(Contains(text, Folded(Value(word))))
    return condition
