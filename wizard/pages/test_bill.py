"""The page of test bills: the newest one with what is known about it, and the form for the next one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from core.isolated_text import Sentence
from core.menus import path_text
from core.text import Words
from intacct.diagnoses import BILLS
from intacct.diagnosis import Who
from wizard.access import VisitorRequest, may_act
from wizard.explanations import Explanation, StoredCause, explain
from wizard.missing import FIXED_BY, FIXED_BY_FOR_STAFF
from wizard.models import Connection, SyncProfile, TestBill, Verification
from wizard.models.test_bill import DraftState
from wizard.services import block_words
from wizard.stages import SIGN_IN_STAGE, SYNC_STAGE

Phase = TestBill.Phase
# How far a test is that has not failed: the number of rungs that are done.
REACHED: Mapping[str, int] = {Phase.QUEUED: 0, Phase.SENDING: 0, Phase.CREATED: 1, Phase.NOT_STORED: 2, Phase.STORED: 3}
RUNGS = (
    _("Created in Intacct"),
    _("Read back"),
    _("The link is stored as sent"),
    _("The link was opened from the bill in Intacct"),
)


DRAFT_NOTICES: Mapping[DraftState, tuple[Words, Words]] = {
    DraftState.NOT_KEPT: (
        _("Intacct did not keep the bill as a draft"),
        _(
            "We sent it as a draft. When we read it back, Intacct reported it as %(state)s. A rule of your company, "
            "such as approval, can do this. Decline, reverse or delete it in Intacct, so that it does not stay in "
            "your books."
        ),
    ),
    DraftState.CHANGED: (
        _("The bill is not a draft any more"),
        _(
            "Intacct reports it as %(state)s. We did not do this. Reverse or delete it in Intacct if it should not be "
            "in your books."
        ),
    ),
    DraftState.UNCHANGED: (
        _("The bill is as Intacct created it"),
        _(
            "We sent it as a draft. Intacct reports it as %(state)s, as when we first read it back, and we do not know "
            "this word. Open the bill in Intacct to see whether it is a draft."
        ),
    ),
    DraftState.UNKNOWN: (
        _("We do not know whether the bill is a draft"),
        _("Intacct reports it as %(state)s, and we do not know this word. Open the bill in Intacct to see what it is."),
    ),
}


@dataclass(frozen=True)
class Rung:
    """One part of the way of a test. `state`: done, current, waiting or failed."""

    title: Words
    state: str


class TestBillPage:
    stage = SYNC_STAGE

    def __init__(self, request: VisitorRequest, connection: Connection) -> None:
        self.connection = connection
        self.acts = may_act(request.visitor)
        self.is_staff = request.visitor.is_beanworks
        self.verification = Verification.objects.latest_of(connection)
        tests = TestBill.objects.select_related("requested_by", "profile__legal_entity")
        self.test = tests.latest_of(connection)

    @cached_property
    def profiles(self) -> list[SyncProfile]:
        """The profiles whose lists are here, so that their vendors and accounts can be chosen."""
        synced = self.connection.profiles.approved().filter(first_synced_at__isnull=False)
        return list(synced.select_related("legal_entity", "connection").order_by("decided_at", "pk"))

    @property
    def back(self) -> str:
        if self.connection.is_live:
            return resolve_url("wizard:connection", self.connection.pk)
        return resolve_url("wizard:stage", self.connection.pk, SYNC_STAGE.slug)

    @property
    def rungs(self) -> list[Rung]:
        test = self.test
        if test is None or test.phase in (Phase.REFUSED, Phase.UNSETTLED):
            return []
        reached = len(RUNGS) if test.opened_at else REACHED[test.phase]
        failed = test.phase == Phase.NOT_STORED or (test.shown_as_text_at and not test.opened_at)
        rungs = [Rung(title, _rung_state(number, reached, failed=bool(failed))) for number, title in enumerate(RUNGS)]
        # No one can open a link that has expired or whose bill is gone.
        is_over = rungs[-1].state == "current" and not self.waits_for_link
        return [*rungs[:-1], Rung(RUNGS[-1], "waiting")] if is_over else rungs

    @cached_property
    def explanation(self) -> Explanation | None:
        """Why the test failed, and what to do."""
        test = self.test
        if test is None or test.is_active or (test.opened_at and test.phase == Phase.UNSETTLED):
            return None
        if test.shown_as_text_at and not test.opened_at:
            return explain(StoredCause("field_shown_as_text", {}))
        return explain(StoredCause(test.cause, test.facts)) if test.cause else None

    @property
    def fixed_by(self) -> Words:
        who: Who = self.explanation.who if self.explanation else Who.NO_ONE
        return (FIXED_BY_FOR_STAFF if self.is_staff else FIXED_BY).get(who, "")

    @property
    def block_words(self) -> str:
        block = self.connection.sign_in_block
        return block_words(self.connection, block) if block else ""

    @property
    def reconnect_url(self) -> str:
        return resolve_url("wizard:stage", self.connection.pk, SIGN_IN_STAGE.slug) if self.acts else ""

    @property
    def is_unsettled(self) -> bool:
        return self.test is not None and not self.test.is_active and self.test.phase == Phase.UNSETTLED

    @cached_property
    def earlier(self) -> Sequence[TestBill]:
        """Older tests whose bills are still in Intacct."""
        tests = TestBill.objects.in_intacct(self.connection)
        return [test for test in tests if self.test and test.pk != self.test.pk]

    @property
    def waits_for_link(self) -> bool:
        """Whether someone should now open the link in Intacct."""
        test = self.test
        is_stored = test is not None and test.phase == Phase.STORED and test.exists
        return bool(is_stored and test and not (test.opened_at or test.shown_as_text_at or test.is_expired))

    @property
    def has_failed(self) -> bool:
        """Whether the next thing to do may be to send another test bill."""
        return self.explanation is not None

    @property
    def is_checking(self) -> bool:
        return self.verification is not None and self.verification.is_active

    @property
    def is_working(self) -> bool:
        """Whether a worker changes soon what the page shows."""
        return self.is_checking or (self.test is not None and self.test.is_active)

    @property
    def poll_seconds(self) -> int:
        """How often the page asks for itself; 0 if nothing can change. Opening the link may take a user days."""
        if self.is_working:
            return 2
        return 5 if self.waits_for_link else 0

    @property
    def draft_notice(self) -> dict[str, Words]:
        """What the user must know about the state of a bill that is not simply a draft."""
        if self.test is None or not self.test.exists or self.test.draft_state not in DRAFT_NOTICES:
            return {}
        title, text = DRAFT_NOTICES[self.test.draft_state]
        tone = "note" if self.test.draft_state is DraftState.UNCHANGED else "warning"
        return {"title": title, "text": Sentence(text, {"state": self.test.bill_state}), "tone": tone}

    @property
    def bills_path(self) -> str:
        return path_text(BILLS)

    @property
    def shows_how_to_delete(self) -> bool:
        """Whether the bill may be a draft."""
        changed = (DraftState.NOT_KEPT, DraftState.CHANGED)
        return self.test is not None and self.test.draft_state not in changed


def _rung_state(number: int, reached: int, *, failed: bool) -> str:
    if number < reached:
        return "done"
    if number > reached:
        return "waiting"
    return "failed" if failed else "current"
