"""Ready-made questions and reasons. The customer reads them, so they are offered in the requester's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.text import Words

# By the name of the form whose text they fill.
CANNED_TEXTS: dict[str, dict[str, Promise]] = {
    "ask": {
        "level": _("Do you pay bills for all entities together, or for each entity separately?"),
        "entity": _("Which Intacct entity holds the books of this legal entity? The names differ."),
        "failed": _("Some checks still fail. Are you fixing them in Intacct, or do you need our help?"),
        "other": _("You have another request for this company. Which of the two do you need?"),
    },
    "decline": {
        "entity": _(
            "The Intacct entity does not belong to this legal entity. Choose the right one, then request it again."
        ),
        "failed": _(
            "Some checks still fail. Fix what the connection page lists, check again, then request the profile again."
        ),
        "level": _("You pay bills for each entity separately. Request a profile for each entity instead."),
        "other": _("You have another request for the same books. We continue with that one."),
    },
}


def canned_text(form: str, slug: str) -> Words:
    """Return the text; an empty one for a slug that no table has."""
    return CANNED_TEXTS[form].get(slug, "")
