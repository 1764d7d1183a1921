"""XML that came from outside as a tree: no entities, no network, and no page of records held whole."""

from collections.abc import Iterable

from lxml import etree

PIECE = 64 * 1024
"""Bytes read before what they hold is taken out of the tree."""

Record = dict[str, str]


class Tree:
    """The tree of a reply, but for pages: their records are taken out as they come.

    A page of wide records is 4 MB as text and 32 MB as a tree, which several threads would hold at once.
    """

    def __init__(self) -> None:
        self.pages: dict[etree._Element, list[Record]] = {}
        self.data: etree._Element | None = None
        self.parser = etree.XMLPullParser(
            ("start",),
            tag="data",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )

    def of(self, content: bytes) -> etree._Element:
        for place in range(0, len(content), PIECE):
            self.parser.feed(content[place : place + PIECE])
            for _, data in self.parser.read_events():
                if isinstance(data, etree._Element):
                    self._begin(data)
            self._take(-1)  # the last one may not be whole yet
        root = self.parser.close()
        self._take()
        return root

    def _begin(self, data: etree._Element) -> None:
        parent = data.getparent()
        if parent is not None and parent.tag == "result":
            self._take()
            self.data = data if data.get("totalcount") else None

    def _take(self, end: int | None = None) -> None:
        if self.data is not None:
            whole = [*self.data][:end]
            self.pages.setdefault(self.data, []).extend(flat(whole))
            for record in whole:
                self.data.remove(record)


def flat(elements: Iterable[etree._Element]) -> list[Record]:
    return [{part.tag: part.text or "" for part in record if not len(part)} for record in elements]
