"""How long emails and notifications are stored, and for how much shorter the texts of emails."""

from datetime import datetime

from django.db.models import QuerySet

from core.leases import State
from core.retention import Rule
from mail.models import Email, Notification


def _old_emails(before: datetime) -> QuerySet[Email]:
    return Email.objects.filter(state=State.DONE, finished_at__lt=before)


def _old_texts(before: datetime) -> QuerySet[Email]:
    return _old_emails(before).exclude(text="")


def _clear_texts(emails: QuerySet[Email]) -> None:
    emails.update(text="", html="")


def _old_notifications(before: datetime) -> QuerySet[Notification]:
    return Notification.objects.filter(created_at__lt=before)


RULES = (
    Rule("email-texts", _old_texts, "finished_at", "RETENTION_EMAIL_TEXTS_DAYS", _clear_texts),
    Rule("emails", _old_emails, "finished_at", "RETENTION_EMAILS_DAYS"),
    Rule("notifications", _old_notifications, "created_at", "RETENTION_NOTIFICATIONS_DAYS"),
)
