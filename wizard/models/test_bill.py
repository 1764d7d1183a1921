import enum
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.constraints import json_object, json_texts, known_value
from core.leases import ACTIVE, LeasedRow, LeasedRowQuerySet, State
from core.tokens import LinkToken
from intacct.bills import DRAFT, NO_DRAFT
from intacct.catalogue import PERMISSION
from wizard.models.connection import Connection
from wizard.models.profile import SyncProfile
from wizard.models.verification import permission_check

PREFIX = "BEANWORKS-TEST"
# The slugs of the checks that a test bill answers: the right to add bills, the field with the link, and its type.
BILLS = permission_check(PERMISSION["bills"])
ADD, FIELD, FIELD_TYPE = f"{BILLS}.add", "custom_field", "custom_field_type"


class DraftState(enum.Enum):
    """What became of a bill that was sent as a draft.

    NOT_KEPT: it was no draft from the start. UNCHANGED: as it was created, in a word that we do not know.
    """

    DRAFT = "draft"
    NOT_KEPT = "not_kept"
    UNCHANGED = "unchanged"
    UNKNOWN = "unknown"
    CHANGED = "changed"


class TestBillQuerySet(LeasedRowQuerySet["TestBill"]):
    def latest_of(self, connection: Connection) -> "TestBill | None":
        return self.filter(connection=connection).order_by("-position").first()

    def in_intacct(self, connection: Connection) -> "TestBillQuerySet":
        """Tests whose bill Intacct still has, as far as we know, newest first."""
        tests = self.filter(connection=connection, bill_deleted_at__isnull=True)
        return tests.exclude(record_no="").order_by("-position")

    def of_current_credentials(self, connection: Connection) -> "TestBillQuerySet":
        """Tests with the credentials that the connection has now, oldest first."""
        tests = self.filter(
            connection=connection,
            company_id__iexact=F("connection__company_id"),
            user_id=F("connection__user_id"),
            created_at__gte=F("connection__credentials_saved_at"),
        )
        return tests.order_by("position")


class TestBill(LeasedRow):
    """A draft bill that a user asked us to create in Intacct, with a link to a page of ours: see `services.test_bills`.

    `chosen` is what the user chose, by Intacct's name of the field. `TRANSITIONS` has the way of a test. Only the hash
    of the link's token is stored.
    """

    __test__ = False  # pytest takes the class for a test
    task = "wizard.tasks.test_bill_run"

    class Phase(models.TextChoices):
        QUEUED = "queued", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        CREATED = "created", _("Created in Intacct")
        STORED = "stored", _("The link is stored as sent")
        NOT_STORED = "not_stored", _("The link is not stored as sent")
        REFUSED = "refused", _("Refused")
        UNSETTLED = "unsettled", _("Not known")

    # From each phase, those that come next. SENDING is saved before anything is sent: from then on, Intacct may have
    # the bill. UNSETTLED: we could not find out whether it has, or could not read it back.
    TRANSITIONS: ClassVar = {
        Phase.QUEUED: {Phase.SENDING, Phase.REFUSED},
        Phase.SENDING: {Phase.CREATED, Phase.REFUSED, Phase.UNSETTLED},
        Phase.CREATED: {Phase.STORED, Phase.NOT_STORED, Phase.UNSETTLED},
        Phase.UNSETTLED: {Phase.CREATED},
    }

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="test_bills")
    profile = models.ForeignKey(SyncProfile, on_delete=models.CASCADE, related_name="+")
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    # 1 for the first test of the connection. The number of the bill ends with it.
    position = models.PositiveIntegerField()
    number = models.CharField(max_length=40)
    # Intacct accepts it only once: see `Function.is_unique`.
    control_id = models.CharField(max_length=64, unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    company_id = models.CharField(max_length=80)
    user_id = models.CharField(max_length=80)
    chosen = models.JSONField(default=dict)

    phase = models.CharField(max_length=12, choices=Phase, default=Phase.QUEUED)
    sent_at = models.DateTimeField(null=True)
    record_no = models.CharField(max_length=20, blank=True)
    cause = models.CharField(max_length=60, blank=True)
    facts = models.JSONField(default=dict)
    # When someone opened the link from the bill, and with which browser, or reported that Intacct shows plain text.
    opened_at = models.DateTimeField(null=True)
    opened_with = models.CharField(max_length=40, blank=True)
    shown_as_text_at = models.DateTimeField(null=True)
    # Slugs of the checks that this test answers. A check that fails later removes its own.
    verified_checks = models.JSONField(default=list)
    # As Intacct reported it when we read the bill back, and the last time: such as Draft or Posted, in any language.
    created_state = models.CharField(max_length=40, blank=True, default="", db_default="")
    bill_state = models.CharField(max_length=40, blank=True)
    bill_checked_at = models.DateTimeField(null=True)
    bill_deleted_at = models.DateTimeField(null=True)

    objects: ClassVar[TestBillQuerySet] = TestBillQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            known_value("test_bill_state_is_known", "state", State.values),
            known_value(
                "test_bill_phase_is_known",
                "phase",
                ["queued", "sending", "created", "stored", "not_stored", "refused", "unsettled"],
            ),
            models.UniqueConstraint(
                fields=["connection"], condition=Q(state__in=ACTIVE), name="one_open_test_bill_per_connection"
            ),
            # Of two users who send a test at the same time, the second gets no position.
            models.UniqueConstraint(fields=["connection", "position"], name="test_bill_position_once"),
            models.CheckConstraint(
                condition=~Q(phase__in=["not_stored", "refused", "unsettled"]) | ~Q(cause=""),
                name="no_failed_test_bill_without_a_cause",
            ),
            models.CheckConstraint(
                condition=~Q(phase__in=["created", "stored", "not_stored"]) | ~Q(record_no=""),
                name="created_test_bill_has_a_record",
            ),
            models.CheckConstraint(
                condition=Q(phase="queued") | Q(phase="refused") | Q(sent_at__isnull=False),
                name="test_bill_sent_since_when",
            ),
            json_object("test_bill_chosen_is_an_object", "chosen"),
            json_object("test_bill_facts_are_an_object", "facts"),
            json_texts("test_bill_checks_are_texts", "verified_checks"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["finished_at"], condition=Q(state="done"), name="done_test_bill_by_end")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def outcome(self) -> str:
        return self.phase

    def move(self, phase: Phase, **fields: object) -> None:
        """Change the phase and other fields. The caller saves them. Raises ValueError for a way that does not exist."""
        if phase not in self.TRANSITIONS.get(self.Phase(self.phase), ()):
            raise ValueError(f"a test bill that is {self.phase} cannot become {phase}")
        self.phase = phase
        for name, value in fields.items():
            setattr(self, name, value)

    @property
    def token(self) -> LinkToken:
        """The token of its link, for the worker. It is computed from the control ID, so that it is never stored."""
        return token_of(self.control_id)

    @property
    def description(self) -> str:
        """The description of the bill, by which we find it again. No other bill has it."""
        return f"Test of the connection to Beanworks, never posted. Please delete. {self.control_id}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def exists(self) -> bool:
        """Whether Intacct has the bill, as far as we know."""
        return bool(self.record_no) and self.bill_deleted_at is None

    @property
    def draft_state(self) -> "DraftState":
        """Whether the bill is a draft, by the words that Intacct reported for its state."""
        now, created = self.bill_state, self.created_state
        if now in ("", DRAFT):
            return DraftState.DRAFT
        if now in NO_DRAFT:
            return DraftState.NOT_KEPT if now == created else DraftState.CHANGED
        if now == created:
            return DraftState.UNCHANGED
        # In one language, two words are two states.
        return DraftState.UNKNOWN if created in ("", DRAFT, *NO_DRAFT) else DraftState.CHANGED


def token_of(control_id: str) -> LinkToken:
    return LinkToken(salted_hmac("wizard.models.TestBill", control_id, algorithm="sha256").hexdigest())
