"""Anchors: what the end of each chain was at a time, signed with a key that is not in the database.

A chain shows that an event in its middle was changed. It cannot show that its last events, or a customer's whole chain,
were removed, nor that the table's owner rewrote it with hashes that fit. An anchor can, as long as a copy of it is
where that owner cannot write: in the log, and in AUDIT_ANCHOR_FILE.

Anchors are a chain themselves: each signature covers the one before.
"""

import hashlib
import hmac
import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain, repeat
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit.models import AuditAnchor, AuditLink

log = logging.getLogger(__name__)
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('audit anchors', 0))"


class Tampered(Exception):
    """The text says what does not fit."""


@dataclass(frozen=True)
class Anchor:
    """One line of an anchor file. `sequence` counts all anchors; `number` and `hash` are of the chain's last link."""

    sequence: int
    at: str
    chain: int
    number: int
    hash: str
    previous: str
    signature: str

    @classmethod
    def of(cls, row: AuditAnchor) -> Self:
        return cls(row.sequence, row.at.isoformat(), row.chain, row.number, row.hash, row.previous, row.signature)

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Raises Tampered."""
        try:
            return cls(**json.loads(line))
        except (TypeError, ValueError):
            raise Tampered(f"This is no anchor: {line[:80]!r}") from None

    def to_line(self) -> str:
        return json.dumps(asdict(self))

    @property
    def is_genuine(self) -> bool:
        return hmac.compare_digest(sign(self), self.signature)


def sign(anchor: Anchor) -> str:
    content = {name: value for name, value in asdict(anchor).items() if name != "signature"}
    return hmac.new(_key(), json.dumps(content, sort_keys=True).encode(), hashlib.sha256).hexdigest()


def _key() -> bytes:
    """Not SECRET_KEY itself, so that a signature tells nothing about the other things it signs."""
    secret = settings.AUDIT_KEY or settings.SECRET_KEY
    return hmac.new(secret.encode(), b"audit anchors", hashlib.sha256).digest()


def write_anchors() -> int:
    """Anchor every chain that has grown since its last anchor. Returns how many."""
    anchors = _store_anchors()
    for anchor in anchors:
        log.info("Audit anchor %s", anchor.to_line())
    if settings.AUDIT_ANCHOR_FILE:
        _append_missing(Path(settings.AUDIT_ANCHOR_FILE))
    return len(anchors)


@transaction.atomic
def _store_anchors() -> list[Anchor]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK)

    last = AuditAnchor.objects.order_by("sequence").last()
    sequence, previous = (last.sequence, last.signature) if last else (0, "")
    anchors = []
    for link in _grown_chains():
        sequence += 1
        unsigned = Anchor(sequence, timezone.now().isoformat(), link.chain, link.number, link.hash, previous, "")
        previous = sign(unsigned)
        anchors.append(Anchor(**asdict(unsigned) | {"signature": previous}))

    AuditAnchor.objects.bulk_create(AuditAnchor(**asdict(anchor)) for anchor in anchors)
    return anchors


def _grown_chains() -> Iterable[AuditLink]:
    """The last link of each chain that no anchor names yet."""
    ends = AuditLink.objects.order_by("chain", "-number").distinct("chain")
    anchored = AuditAnchor.objects.filter(chain=OuterRef("chain")).order_by("-sequence").values("hash")[:1]
    grown = AuditLink.objects.filter(pk__in=ends.values("pk")).annotate(
        anchored=Coalesce(Subquery(anchored), Value(""))
    )
    return grown.exclude(hash=F("anchored")).order_by("chain")


def _append_missing(path: Path) -> None:
    """All that the file does not have yet: should it be full or away for a while, nothing of that time is missing."""
    lines = path.read_text().splitlines() if path.exists() else []
    reached = Anchor.from_line(lines[-1]).sequence if lines else 0
    missing = AuditAnchor.objects.filter(sequence__gt=reached).order_by("sequence")

    with path.open("a") as file:
        file.writelines(Anchor.of(row).to_line() + "\n" for row in missing.iterator())
        file.flush()
        os.fsync(file.fileno())


def verify_anchors(path: Path | None = None) -> int:
    """Check the stored anchors, and those of a file, against each other and the chains. Returns how many there are.

    Raises Tampered.
    """
    count = 0
    for anchor in _in_sequence(_stored_from(1), "stored"):
        count += 1
        if count == 1 and anchor.previous:
            raise Tampered("The first anchors that were stored are missing.")
    if path:
        _verify_file(path)
    _verify_links()
    return count


def _stored_from(sequence: int) -> Iterator[Anchor]:
    rows = AuditAnchor.objects.filter(sequence__gte=sequence).order_by("sequence")
    return (Anchor.of(row) for row in rows.iterator())


def _in_sequence(anchors: Iterable[Anchor], where: str) -> Iterator[Anchor]:
    earlier = None
    for anchor in anchors:
        if not anchor.is_genuine:
            raise Tampered(f"The {where} anchor {anchor.sequence} was not signed with this AUDIT_KEY.")
        if earlier and anchor.previous != earlier.signature:
            raise Tampered(f"The {where} anchor {anchor.sequence} does not follow on anchor {earlier.sequence}.")
        yield anchor
        earlier = anchor


def _verify_file(path: Path) -> None:
    """It may begin later than the stored anchors, and end earlier when it is a copy; what it has must be stored too."""
    with path.open() as file:
        kept = _in_sequence(map(Anchor.from_line, file), "kept")
        if (first := next(kept, None)) is None:
            return
        stored = chain(_stored_from(first.sequence), repeat(None))
        for anchor, same in zip(chain([first], kept), stored, strict=False):
            if anchor != same:
                raise Tampered(f"The kept anchor {anchor.sequence} is not among the stored ones.")


def _verify_links() -> None:
    link = AuditLink.objects.filter(chain=OuterRef("chain"), number=OuterRef("number")).values("hash")
    anchors = AuditAnchor.objects.annotate(found=Subquery(link)).order_by("sequence")
    wrong = anchors.filter(Q(found=None) | ~Q(found=F("hash"))).first()
    if wrong is None:
        return
    whose = f"customer {wrong.chain}" if wrong.chain else "no customer"
    if wrong.found is None:
        raise Tampered(f"Events of {whose} were removed: there were {wrong.number} on {wrong.at:%Y-%m-%d %H:%M} UTC.")
    raise Tampered(f"Events of {whose} up to {wrong.number} were changed after {wrong.at:%Y-%m-%d %H:%M} UTC.")
