"""Write and verify anchors: signed records of the last link of every chain, at a time.

The key of the signatures is not in the database. A chain shows that an event in its middle was changed. It cannot show
that its last events or a customer's whole chain were removed, or that the owner of the table rewrote it with matching
hashes. An anchor can show this, if a copy of it is where that owner cannot write: in the log and in AUDIT_ANCHOR_FILE.

Anchors are a chain themselves: each signature covers the previous one.
"""

import hashlib
import hmac
import json
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import chain, repeat
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from audit.models import AuditAnchor, AuditLink
from audit.restores import last_restore, minute

log = logging.getLogger(__name__)
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('audit anchors', 0))"


class Tampered(Exception):
    """Raised when events, links and anchors contradict each other; the text describes where."""


@dataclass(frozen=True)
class Anchor:
    """Hold one line of an anchor file.

    sequence: counts all anchors, from 1. number, hash: of the chain's last link.
    """

    sequence: int
    written_at: str
    chain: int
    number: int
    hash: str
    previous: str
    signature: str

    @classmethod
    def of(cls, row: AuditAnchor) -> Self:
        return cls(
            row.sequence, row.written_at.isoformat(), row.chain, row.number, row.hash, row.previous, row.signature
        )

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Read a line of an anchor file. Raises Tampered if it is not an anchor."""
        try:
            return cls(**json.loads(line))
        except (TypeError, ValueError):
            raise Tampered(f"This is no anchor: {line[:80]!r}") from None

    def to_line(self) -> str:
        return json.dumps(asdict(self))

    @property
    def is_genuine(self) -> bool:
        # As bytes: what a changed file has instead of a signature can be anything.
        return hmac.compare_digest(sign(self).encode(), str(self.signature).encode(errors="replace"))


def sign(anchor: Anchor) -> str:
    content = {name: value for name, value in asdict(anchor).items() if name != "signature"}
    return hmac.new(_key(), json.dumps(content, sort_keys=True).encode(), hashlib.sha256).hexdigest()


def _key() -> bytes:
    """The key of the signatures, derived so that a signature reveals nothing about other uses of SECRET_KEY."""
    secret = settings.AUDIT_KEY or settings.SECRET_KEY
    return hmac.new(secret.encode(), b"audit anchors", hashlib.sha256).digest()


def write_anchors() -> int:
    """Write an anchor for every chain that has grown since its last anchor. Return how many were written."""
    anchors = _store_anchors()
    for anchor in anchors:
        log.info("Audit anchor %s", anchor.to_line())
    if settings.AUDIT_ANCHOR_FILE:
        _append_missing(Path(settings.AUDIT_ANCHOR_FILE))
    return len(anchors)


@transaction.atomic
def _store_anchors() -> list[Anchor]:
    # Two processes that write at once would give two anchors the same sequence and the same previous one.
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
    """The last link of every chain, if no anchor has it yet."""
    ends = AuditLink.objects.order_by("chain", "-number").distinct("chain")
    anchored = AuditAnchor.objects.filter(chain=OuterRef("chain")).order_by("-sequence").values("hash")[:1]
    grown = AuditLink.objects.filter(pk__in=ends.values("pk")).annotate(
        anchored=Coalesce(Subquery(anchored), Value(""))
    )
    return grown.exclude(hash=F("anchored")).order_by("chain")


def _append_missing(path: Path) -> None:
    """Append all anchors that the file does not have yet.

    If the disk was full or the file could not be reached for a while, no anchor of that time is missing afterwards.
    """
    lines = path.read_text().splitlines() if path.exists() else []
    last = Anchor.from_line(lines[-1]) if lines else None
    if last and not AuditAnchor.objects.filter(sequence=last.sequence, signature=last.signature).exists():
        log.error(
            "%s has anchor %d, which the database lacks, so nothing is added to it. If a backup was restored, move it "
            "away: see docs/operations.md.", path, last.sequence,
        )  # fmt: skip
        return
    missing = AuditAnchor.objects.filter(sequence__gt=last.sequence if last else 0).order_by("sequence")

    with path.open("a") as file:
        file.writelines(Anchor.of(row).to_line() + "\n" for row in missing.iterator())
        file.flush()
        os.fsync(file.fileno())


def verify_anchors(path: Path | None = None) -> int:
    """Compare the stored anchors, those of a file and the chains with each other. Return how many anchors are stored.

    Raises Tampered.
    """
    count = 0
    for anchor in _in_sequence(_stored_anchors(1), "stored"):
        count += 1
        if count == 1 and anchor.previous:
            raise Tampered("The first anchors that were stored are missing.")
    if path:
        _verify_file(path)
    _verify_links()
    return count


def _stored_anchors(sequence: int) -> Iterator[Anchor]:
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
    """Check that every anchor of the file is stored too.

    The file may begin later than the stored anchors. It may end earlier, if it is a copy.
    """
    with path.open(errors="replace") as file:
        anchors = _in_sequence(map(Anchor.from_line, file), "kept")
        if (first := next(anchors, None)) is None:
            return
        stored = chain(_stored_anchors(first.sequence), repeat(None))
        for anchor, stored_anchor in zip(chain([first], anchors), stored, strict=False):
            if anchor != stored_anchor:
                raise Tampered(_lost(anchor))


def _lost(anchor: Anchor) -> str:
    written_at = minute(datetime.fromisoformat(anchor.written_at))
    words = (
        f"The kept anchor {anchor.sequence} is not among the stored ones. It covers {anchor.number} events of "
        f"{_whose(anchor.chain)} on {written_at}. Since then events were removed or changed, or the database was "
        "restored to an older state."
    )
    if restore := last_restore():
        words += " It is recorded that on {} the backup of {} was restored.".format(*restore)
    return words


def _whose(chain: int) -> str:
    return f"customer {chain}" if chain else "no customer"


def _verify_links() -> None:
    link = AuditLink.objects.filter(chain=OuterRef("chain"), number=OuterRef("number"))
    anchors = AuditAnchor.objects.annotate(
        current_hash=Subquery(link.values("hash")), former_hash=Subquery(link.values("former_hash"))
    )
    fits = Q(current_hash=F("hash")) | Q(former_hash=F("hash"))
    wrong = anchors.order_by("sequence").filter(Q(current_hash=None) | ~fits).first()
    if wrong is None:
        return
    whose = _whose(wrong.chain)
    if wrong.current_hash is None:
        raise Tampered(
            f"Events of {whose} were removed: there were {wrong.number} on {wrong.written_at:%Y-%m-%d %H:%M} UTC."
        )
    raise Tampered(f"Events of {whose} up to {wrong.number} were changed after {wrong.written_at:%Y-%m-%d %H:%M} UTC.")
