"""Facts about a company can be stored, offered and shown."""

from intacct.reply_parser import parse
from tests.intacct import replies
from wizard.verification.company_facts import company_facts_from


def learn_from(name: str, data: str) -> object:
    reply = parse(replies.ok(replies.result(f"<data>{data}</data>")).encode())
    return company_facts_from({name: reply["f1"].as_read()}.get)


def entity(key: str, name: str) -> str:
    return f"<entity><id>{key}</id><name>{name}</name><currency>CAD</currency></entity>"


def test_entities_that_cannot_be_chosen_are_left_out() -> None:
    """The top level has no ID, so an entity without an ID would be mistaken for it."""
    rows = entity("", "No ID") + entity(" ", "Blank") + entity("1" * 81, "Long") + entity("top", "n" * 200)

    assert learn_from("entities", rows) == {"entities": [{"id": "top", "name": "n" * 120, "currency": "CAD"}]}


def test_direction_characters_are_removed_from_entity_names() -> None:
    assert learn_from("entities", entity("1", "Hill\u202eside")) == {
        "entities": [{"id": "1", "name": "Hillside", "currency": "CAD"}]
    }
