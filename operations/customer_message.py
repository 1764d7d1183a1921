"""The message that tells a customer's administrator what is missing, to email or to copy."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import Any

from django.urls import reverse

from accounts.models import User
from core.emails import EmailContent
from mail.models import Email
from mail.rendering import render_email_for
from operations.email_kinds import MISSING
from wizard.missing import Problems, missing_text
from wizard.models import Connection, SyncProfile
from wizard.stages import PROFILES_STAGE, STAGES, known_stage


@dataclass(frozen=True)
class CustomerMessage:
    """The message to one administrator, in their language and time zone."""

    problems: Problems
    recipient: User

    @property
    def connection(self) -> Connection:
        return self.problems.connection

    @property
    def context(self) -> dict[str, Any]:
        """The context of its template. The list is a function, so that it is written in the recipient's language."""
        return {
            "connection": self.connection,
            "stage": STAGES[known_stage(self.connection.stage)],
            "is_failing": bool(self.problems.failed()),
            "refused": self._refused,
            "asked": self._asked,
            "missing": self._missing,
        }

    @property
    def _asked(self) -> SyncProfile | None:
        """A request with a question that the customer has not answered."""
        profiles = self.connection.profiles.all()  # which the page has read
        return next((profile for profile in profiles if profile.state == SyncProfile.State.ASKED), None)

    @property
    def _refused(self) -> SyncProfile | None:
        """The request that was refused for a reason, if the connection waits until it is sent again."""
        if self.connection.stage != PROFILES_STAGE.slug:
            return None
        return self.connection.profiles.refused().exclude(reason="").last()

    def _missing(self) -> str:
        return missing_text(self.problems.items(), self.link)

    @cached_property
    def link(self) -> str:
        """The step where the first problem is fixed, or else the next step."""
        step = reverse("wizard:stage", args=[self.connection.pk, known_stage(self.connection.stage)])
        return next((item.url for item in self.problems.failed()), step)

    @cached_property
    def content(self) -> EmailContent:
        return render_email_for(self.recipient, MISSING, self.context, self.link)

    @property
    def text(self) -> str:
        """The text without the lines below it that only an email needs."""
        return self.content.text.partition("\n--\n")[0]

    def dedupe_key(self, day: date) -> str:
        """The same text is emailed to the same user only once a day."""
        digest = sha256(self.content.text.encode()).hexdigest()[:16]
        return f"{MISSING.slug}:{self.connection.pk}:{day.isoformat()}:{digest}"


def last_email(connection: Connection) -> Email | None:
    sent = Email.objects.filter(kind=MISSING.slug, dedupe_key__startswith=f"{MISSING.slug}:{connection.pk}:")
    return sent.filter(customer=connection.customer_id).select_related("user").order_by("-pk").first()
