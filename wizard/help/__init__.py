"""Help topics: a stable code such as BC-204 for every cause, with a page that explains it."""

from wizard.help import company, field, permissions, product, reaching, sync, test_bill
from wizard.help.topic import Section, Topic

SECTIONS: tuple[Section, ...] = (
    reaching.SECTION,
    company.SECTION,
    permissions.SECTION,
    field.SECTION,
    sync.SECTION,
    test_bill.SECTION,
    product.SECTION,
)
TOPICS: tuple[Topic, ...] = tuple(topic for section in SECTIONS for topic in section.topics)
CODES = {topic.cause: topic.code for topic in TOPICS}

__all__ = ["CODES", "SECTIONS", "TOPICS", "Section", "Topic"]
