"""Reading a page as a person does."""

from typing import Any

from lxml import etree, html


def main(response: Any) -> Any:
    """The page's main part, or all of a partial."""
    tree = html.fromstring(response.content)
    return next(tree.iter("main"), tree)


def words(response: Any) -> str:
    """Everything to read there, blanks put together."""
    tree = main(response)
    etree.strip_tags(tree, "bdi")  # a name is no part of its own
    return " ".join(" ".join(tree.itertext()).split())


def value_of(response: Any, name: str) -> str | None:
    """What a text field holds."""
    value: str | None = main(response).xpath(f'.//input[@name="{name}"]')[0].get("value")
    return value


def chosen(response: Any, name: str) -> list[str]:
    """Values of the boxes or buttons that are set."""
    return [box.get("value") for box in main(response).xpath(f'.//input[@name="{name}"][@checked]')]
