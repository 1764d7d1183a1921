from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from core.constraints import known_value
from core.leases import ACTIVE, LeasedRow, LeasedRowQuerySet, State
from mail.kinds import KIND

TROUBLES = ("silent", "busy", "sender", "address", "content", "crashed", "bounced", "inactive")


class MailQuerySet(LeasedRowQuerySet["Mail"]):
    def undelivered(self) -> Self:
        """Return what support must look at: emails that failed, and those that failed so far and will be retried.

        Newest first.
        """
        return self.exclude(trouble="").filter(sent_at=None).select_related("customer", "user").order_by("-pk")

    def given_up(self, customer: Customer) -> Self:
        return self.filter(state=State.DONE, sent_at=None, customer=customer).order_by("-pk")


class Mail(LeasedRow):
    """One email to one address. A row that is done without `sent_at` was given up."""

    class Trouble(models.TextChoices):
        SILENT = "silent", _("The email server does not answer")
        BUSY = "busy", _("The email server asked us to try again later")
        SENDER = "sender", _("The email server does not accept emails from us. Check its settings and our address")
        ADDRESS = "address", _("The email server refused this address")
        CONTENT = "content", _("The email server refused this email")
        CRASHED = "crashed", _("Sending failed because of an error on our side")
        INACTIVE = "inactive", _("The user was deactivated before it was sent")
        BOUNCED = "bounced", _("The email bounced: the recipient’s email server did not deliver it")

    task = "mail.tasks.mail_run"

    kind = models.CharField(max_length=40)
    # The occasion. One occasion is emailed to an address only once.
    once = models.CharField(max_length=120)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="mails")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="mails")
    address = models.EmailField()
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=250)
    # Both are emptied when the email is finished, if they hold a secret: see `Kind.secret`.
    text = models.TextField()
    html = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=10, choices=Trouble, blank=True)
    # The mail server's own words about the failure.
    reply = models.TextField(blank=True)

    objects: ClassVar[MailQuerySet] = MailQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints: ClassVar = [
            known_value("mail_trouble_is_known", "trouble", TROUBLES, blank=True),
            known_value("mail_state_is_known", "state", State.values),
            models.UniqueConstraint(fields=["once", "address"], name="one_mail_per_occasion_and_address"),
            models.CheckConstraint(condition=Q(sent_at=None) | Q(state="done"), name="what_was_sent_is_done"),
            models.CheckConstraint(
                condition=~Q(state="done", sent_at=None) | ~Q(trouble=""), name="nothing_is_given_up_without_a_trouble"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(state__in=ACTIVE), name="mail_by_due_time"),
            models.Index(fields=["customer"], condition=~Q(trouble=""), name="mail_in_trouble_by_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def title(self) -> str | Promise:
        kind = KIND.get(self.kind)
        return kind.title if kind else self.kind

    @property
    def is_given_up(self) -> bool:
        return not self.is_active and self.sent_at is None

    @property
    def can_go_again(self) -> bool:
        return self.sent_at is None and self.state != State.RUNNING and bool(self.text)


class OptOut(models.Model):
    """A kind of email that a user turned off."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="opt_outs")
    kind = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "kind"], name="unwanted_once_per_kind")]

    def __str__(self) -> str:
        return self.kind
