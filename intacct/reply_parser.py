"""Parse the bytes of a reply into a `Reply`, and read as much of a damaged reply as possible.

A well-formed reply is parsed once. A reply that the parser refuses is repaired and parsed again. If that fails too, its
results are parsed one by one, so that a broken result affects only its own function.
"""

import re
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import BinaryIO

from lxml import etree

from intacct.block_reader import MOST_RESULTS, BlockReader
from intacct.errors import BodyTooLarge, DamagedReply, DoctypeReply, IntacctError, MisshapenReply
from intacct.page_parser import split_page
from intacct.reply import Reply, Result
from intacct.reply_damage import break_description, replace_marks
from intacct.reply_encoding import MARK_BYTES, to_utf8
from intacct.reply_repair import Repaired, repair_reply
from intacct.secret import Secret, SecretBytes
from intacct.unreadable import unreadable_reply_error

LARGEST_BODY = 24 * 1024 * 1024
"""Bytes after decompression. A page of 2,000 of the widest records is below 20 MB. A larger one is requested again, at
half the size."""
MOST_NODES = 300_000
"""Tags, attributes and references in a reply that is read as a tree. Each takes up to 250 bytes of memory. The largest
such reply, with 40 answers to `lookup`, has 60,000."""
RESPONSE = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>)?\s*<response[\s>]")
CONTROL_ID = re.compile(rb"<controlid>\s*([^<]{0,256}?)\s*</controlid>")
FRAME = [re.compile(rb"<%b>.*?</%b>" % (block, block), re.DOTALL) for block in (b"control", b"authentication")]
FUNCTION = re.compile(rb"<function>\s*([^<]{0,256}?)\s*</function>")

one_at_a_time = Lock()
"""Held by the thread that parses a reply or converts its records. A page of wide records takes 32 MB as a tree. Two
threads at once are not faster, since only one can use the interpreter, and a third one that needs it between two
statements of PostgreSQL would wait for both."""


def parse(
    body: bytes | BinaryIO,
    content_type: str = "",
    *,
    status: int | None = None,
    hide: Sequence[Secret] = (),
    retry_after: float | None = None,
) -> Reply:
    """Parse a reply.

    content_type: of the HTTP header. status: the HTTP status. hide: secrets to replace by stars in error texts.
    retry_after: seconds that the gateway asked us to wait.
    Raises IntacctError if the body is not an Intacct reply: UnreadableReply, BodyTooLarge, or what its HTTP status
    means. No body makes it raise anything else.
    """
    content = body if isinstance(body, bytes) else body.read(LARGEST_BODY + 1)
    if len(content) > LARGEST_BODY:
        raise BodyTooLarge(f"the reply is larger than {LARGEST_BODY} bytes", status=status)
    with one_at_a_time:
        return _Parser(content, content_type, status, hide, retry_after).reply()


class _Parser:
    """Parse one reply as it came; if that fails, repaired; if that fails too, in parts."""

    def __init__(
        self, content: bytes, content_type: str, status: int | None, hide: Sequence[Secret], retry_after: float | None
    ) -> None:
        self.sent = content
        self.content = to_utf8(content, content_type, LARGEST_BODY)
        self.content_type = content_type
        self.status = status
        self.retry_after = retry_after
        self.reader = BlockReader(status, hide, retry_after)

    def reply(self) -> Reply:
        is_marked = self.content is not self.sent and MARK_BYTES in self.content
        return (None if is_marked else self._parse_unchanged()) or self._parse_repaired()

    def _parse_unchanged(self) -> Reply | None:
        rest, self.reader.page = split_page(self.content) or (self.content, None)
        root = self._tree(rest)
        return None if root is None else self.reader.reply(self._response(root))

    def _parse_repaired(self) -> Reply:
        if not RESPONSE.match(self.content) or not self.content.rstrip().endswith(b"</response>"):
            raise self._foreign_error()
        self._check_nodes(self.content)
        whole = repair_reply(self.content)
        self.reader.page, self.reader.is_repaired, self.reader.names = None, True, whole.names
        root = self._tree(whole.content)
        return self._parse_in_parts(whole) if root is None else self.reader.reply(self._response(root))

    def _parse_in_parts(self, whole: Repaired) -> Reply:
        """Parse each result by itself."""
        frame, *parts = whole.content.split(b"<result>")
        if len(parts) > MOST_RESULTS:
            raise MisshapenReply("the reply holds more results than any request asks for", status=self.status)
        around, results = [frame], []
        for part in parts:
            inside, end, after = part.partition(b"</result>" if b"</result>" in part else b"</operation>")
            results.append(self._parse_result(inside))
            around.append(after if end == b"</result>" else end + after)
        root = self._parse_frame(SecretBytes(b"".join(around)), whole.names)
        return self.reader.reply(self._response(root), results)

    def _parse_frame(self, frame: bytes, names: Mapping[str, str]) -> etree._Element:
        """Parse what is around the results. If it is broken, the control and authentication blocks are enough.

        They are not enough if there are errors: only the place of an error shows whether it belongs to the request or
        to the sign-in. A wrong choice would block the sign-in of a customer, or hide that it was refused.
        """
        root = self._tree(frame)
        if root is not None:
            return root
        if (self.status or 200) >= 400:
            raise self._foreign_error()
        blocks = [pattern.findall(frame) for pattern in FRAME]
        if b"<errormessage" not in frame and all(len(matches) == 1 for matches in blocks):
            root = self._tree(b"<response>%b<operation>%b</operation></response>" % (blocks[0][0], blocks[1][0]))
        if root is None:
            raise DamagedReply(f"the reply is damaged near {break_description(frame, names)}", status=self.status)
        return root

    def _parse_result(self, inside: bytes) -> Result:
        whole = SecretBytes(b"<result>" + inside + b"</result>")
        root = self._tree(whole)
        if root is not None:
            return self.reader.result(root)
        control_id = _text_in_head(CONTROL_ID, inside)
        broken = DamagedReply(
            f"the answer to this function is damaged near {break_description(whole, self.reader.names)}",
            layer="result",
            status=self.status,
            control_id=control_id,
        )
        return Result(_text_in_head(FUNCTION, inside), control_id, "", unreadable=broken)

    def _tree(self, content: bytes) -> etree._Element | None:
        self._check_nodes(content)
        # Entities and DTDs could make us read local files or fill the memory.
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            return etree.fromstring(content, parser)
        except (etree.XMLSyntaxError, ValueError):
            return None

    def _check_nodes(self, content: bytes) -> None:
        # Every node takes at least one byte, so a reply that is short enough needs no count.
        if len(content) > MOST_NODES and sum(map(content.count, (b"<", b"=", b"&"))) > MOST_NODES:
            raise BodyTooLarge(f"the reply has more than {MOST_NODES} elements", status=self.status)

    def _response(self, root: etree._Element) -> etree._Element:
        if root.tag != "response":
            raise self._foreign_error()
        if root.getroottree().docinfo.internalDTD is not None:
            raise DoctypeReply("the reply declares a document type, which Intacct never does")
        return root

    def _foreign_error(self) -> IntacctError:
        return unreadable_reply_error(self.sent, self.content_type, self.status, self.retry_after)


def _text_in_head(pattern: re.Pattern[bytes], result: bytes) -> str:
    """The first match before the data of a result that cannot be parsed."""
    match = pattern.search(result.partition(b"<data")[0])
    return replace_marks(match[1].decode("utf-8", "replace")) if match else ""
