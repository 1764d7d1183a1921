"""Help topics in the language in use, with the steps of their diagnosis in general words."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from operator import attrgetter

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from intacct.diagnosis import Who
from wizard.explanations import common_values, diagnosis_of, fill_place, fill_values, place_words
from wizard.help import SECTIONS
from wizard.help.topic import Section, Topic

# Steps contain values of one connection. A help page is for all connections, so it needs general words instead.
GENERAL = {
    "company_id": _("your company"),
    "entity_id": _("the entity"),
    "permission": _("the permission"),
    "rights": _("the rights"),
    "module": _("application"),
    "subject": _("the list"),
    "legal_entity": _("the legal entity"),
    "zone": _("the time zone"),
    "part": _("label or description"),
    "found": _("the one that Intacct reported"),
    "expected": _("the value that your page shows"),
}
FIXED = {"user_id": "Beanworks", "wanted": "BEANWORKS", "description": "Link to Beanworks Invoice"}
WHO = {
    Who.CUSTOMER_ADMINISTRATOR: _("You, as the administrator in Beanworks"),
    Who.INTACCT_ADMINISTRATOR: _("An administrator of your Sage Intacct company"),
    Who.BEANWORKS: _("Beanworks"),
    Who.SAGE: _("Sage"),
    Who.NO_ONE: _("No one needs to fix anything"),
}


class TopicPage:
    def __init__(self, topic: Topic, section: Section) -> None:
        diagnosis = diagnosis_of(topic.cause)
        values = _general_values()
        self.code, self.slug = topic.code, topic.slug
        self.section = gettext(section.title)
        self.title = gettext(topic.title)
        self.meaning = gettext(topic.meaning)
        self.who = gettext(WHO[diagnosis.who])
        self.needs_fix = diagnosis.who is not Who.NO_ONE
        place = [place_words(fill_place(diagnosis.place, values))] if diagnosis.place else []
        self.steps = [*place, *(gettext(step) % values for step in diagnosis.steps)]
        # Without those of one connection, such as the name of a permission.
        general = replace(diagnosis, values=tuple(value for value in diagnosis.values if "%" not in value[0]))
        self.values = fill_values(general, values)
        self.changes = [gettext(change) % values for change in topic.changes]
        self.operators = [gettext(step) for step in topic.operators]


def sections_with_pages() -> list[tuple[str, list[TopicPage]]]:
    """Each section's title with its pages, in the order of the codes."""
    by_code = attrgetter("code")
    return [
        (gettext(section.title), sorted((TopicPage(topic, section) for topic in section.topics), key=by_code))
        for section in SECTIONS
    ]


def find_page(slug: str) -> TopicPage | None:
    """The page of a code in lower case, "bc-204"; None if there is none."""
    pairs = ((topic, section) for section in SECTIONS for topic in section.topics)
    return next((TopicPage(topic, section) for topic, section in pairs if topic.slug == slug), None)


def _general_values() -> Mapping[str, str]:
    values = {name: gettext(text) for name, text in GENERAL.items()}
    return defaultdict(
        lambda: "…",
        values | FIXED | common_values(),
        sender_id=settings.INTACCT_SENDER_ID,
    )
