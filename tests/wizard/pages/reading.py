"""Read a page as a user does."""

from collections.abc import Mapping
from typing import Any

from lxml import etree, html


def main(response: Any) -> Any:
    """Return the page's main element, or all of a partial page."""
    tree = html.fromstring(response.content)
    return next(tree.iter("main"), tree)


def words(response: Any) -> str:
    """Return the text of the main element with single spaces."""
    tree = main(response)
    etree.strip_tags(tree, "bdi")  # so that names are not separate parts of the text
    return " ".join(" ".join(tree.itertext()).split())


def value_of(response: Any, name: str) -> str | None:
    """Return the value of a text field."""
    value: str | None = main(response).xpath(f'.//input[@name="{name}"]')[0].get("value")
    return value


def chosen(response: Any, name: str) -> list[str]:
    """Return the values of the selected checkboxes or radio buttons."""
    return [box.get("value") for box in main(response).xpath(f'.//input[@name="{name}"][@checked]')]


def edit(client: Any, page: str, typed: Mapping[str, Any], below: str = "", **options: Any) -> Any:
    """Open a page and send a form of it as a browser does, with the version that the page has.

    below: the rest of the form's address, if that is not the page's.
    """
    form = f'form[@action="{page}{below}"]' if below else "form"
    shown = main(client.get(page)).xpath(f'.//{form}//input[@name="version"]/@value')
    return client.post(f"{page}{below}", {**typed, "version": shown[0]} if shown else typed, **options)


def values_to_copy(response: Any) -> list[str]:
    """Return the values to type in Intacct. Each has a button that copies it."""
    chips = main(response).xpath('.//*[@class="chip"]')
    assert all(chip.xpath(".//button[@data-copy]") for chip in chips)
    return [chip.xpath("string(code)") for chip in chips]
