from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from core.constraints import known_value
from core.leases import ACTIVE, LeasedRow, LeasedRowQuerySet, State
from core.text import Words
from mail.kinds import EMAIL_KINDS, NOTIFICATION_KINDS

FAILURE_REASONS = ("silent", "busy", "sender", "address", "content", "crashed", "bounced", "inactive")


class EmailQuerySet(LeasedRowQuerySet["Email"]):
    def undelivered(self) -> Self:
        """Return what support must look at: emails that failed, and those that failed so far and will be retried.

        Newest first.
        """
        return self.exclude(failure_reason="").filter(sent_at=None).select_related("customer", "user").order_by("-pk")

    def given_up(self, customer: Customer) -> Self:
        return self.filter(state=State.DONE, sent_at=None, customer=customer).order_by("-pk")


class Email(LeasedRow):
    """One email to one address. A row that is done without `sent_at` was given up."""

    class FailureReason(models.TextChoices):
        SILENT = "silent", _("The email server does not answer")
        BUSY = "busy", _("The email server asked us to try again later")
        SENDER = "sender", _("The email server does not accept emails from us. Check its settings and our address")
        ADDRESS = "address", _("The email server refused this address")
        CONTENT = "content", _("The email server refused this email")
        CRASHED = "crashed", _("Sending failed because of an error on our side")
        INACTIVE = "inactive", _("The user was deactivated before it was sent")
        BOUNCED = "bounced", _("The email bounced: the recipient’s email server did not deliver it")

    task = "mail.tasks.email_run"
    bad_outcomes = FAILURE_REASONS

    kind = models.CharField(max_length=40)
    # The occasion, such as "incident:12". One occasion is emailed to an address only once.
    dedupe_key = models.CharField(max_length=120)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="emails")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="emails")
    address = models.EmailField()
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=250)
    # Both are emptied when the email is finished, if they hold a secret: see `Kind.secret`.
    text = models.TextField()
    html = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    failure_reason = models.CharField(max_length=10, choices=FailureReason, blank=True)
    # The mail server's own words about the failure.
    reply = models.TextField(blank=True)

    objects: ClassVar[EmailQuerySet] = EmailQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            known_value("email_failure_reason_is_known", "failure_reason", FAILURE_REASONS, blank=True),
            known_value("email_state_is_known", "state", State.values),
            models.UniqueConstraint(fields=["dedupe_key", "address"], name="one_email_per_dedupe_key_and_address"),
            models.CheckConstraint(condition=Q(sent_at=None) | Q(state="done"), name="sent_email_is_done"),
            models.CheckConstraint(
                condition=~Q(state="done", sent_at=None) | ~Q(failure_reason=""), name="failed_email_has_a_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state__in=ACTIVE), name="email_by_due_time"),
            models.Index(fields=["finished_at"], condition=Q(state="done"), name="done_email_by_end"),
            models.Index(fields=["finished_at"], condition=Q(state="done") & ~Q(text=""), name="email_text_by_end"),
            models.Index(fields=["customer"], condition=~Q(failure_reason=""), name="failed_email_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def outcome(self) -> str:
        return self.failure_reason or "sent"

    @property
    def title(self) -> Words:
        kind = EMAIL_KINDS.get(self.kind)
        return kind.title if kind else self.kind

    @property
    def is_given_up(self) -> bool:
        return not self.is_active and self.sent_at is None

    @property
    def can_be_retried(self) -> bool:
        return self.sent_at is None and self.state != State.RUNNING and bool(self.text)


class OptOut(models.Model):
    """A kind of email that a user turned off."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="opt_outs")
    kind = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind"], name="one_opt_out_per_kind")]

    def __str__(self) -> str:
        return self.kind


class NotificationQuerySet(models.QuerySet["Notification"]):
    def unread(self) -> Self:
        return self.filter(read_at=None)

    def unread_first(self) -> Self:
        return self.order_by(F("read_at").desc(nulls_first=True), "-created_at", "-pk")


class Notification(models.Model):
    """A line in a user's list of what happened, with a link to its page. It is read once that page was opened.

    text: in the user's language of that time, like the email about the same. link: a path of ours.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    # The occasion, such as "incident:12". A user is notified of one occasion only once.
    dedupe_key = models.CharField(max_length=120)
    text = models.CharField(max_length=250)
    language = models.CharField(max_length=10)
    link = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    read_at = models.DateTimeField(null=True)

    objects: ClassVar[NotificationQuerySet] = NotificationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "dedupe_key"], name="one_notification_per_user_and_dedupe_key"),
        ]
        # Every page counts the unread ones.
        indexes: ClassVar = [
            models.Index(fields=["user", "link"], condition=Q(read_at=None), name="unread_notification_by_user")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def tone(self) -> str:
        kind = NOTIFICATION_KINDS.get(self.kind)
        return kind.tone if kind else "mute"
