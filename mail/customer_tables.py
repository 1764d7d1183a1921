"""The tables with data of customers, for exports and deletions."""

from django.db.models import Q

from core.customer_data import CustomerTable as Table
from core.customer_data import Rows
from mail.kinds import EMAIL_KINDS
from mail.models import Email, Notification, OptOut

# Users of Beanworks are of no customer.
TO_BEANWORKS = Q(user__isnull=False, user__customer=None)


def _emails_to_the_customer(emails: Rows) -> Rows:
    """Those to users and guests of the customer, not those about it to Beanworks' own people.

    A text that still holds a link with a secret is in none: the email is left out until it was sent.
    """
    internal_kinds = [kind.slug for kind in EMAIL_KINDS.values() if kind.internal]
    secret_kinds = [kind.slug for kind in EMAIL_KINDS.values() if kind.secret]
    holds_secret = Q(kind__in=secret_kinds) & ~Q(text="")
    return emails.exclude(TO_BEANWORKS).exclude(kind__in=internal_kinds).exclude(holds_secret)


def _notifications_of_the_customer(notifications: Rows) -> Rows:
    return notifications.exclude(TO_BEANWORKS)


TABLES = (
    Table(Email, "customer", exported=_emails_to_the_customer),
    Table(Notification, "customer", exported=_notifications_of_the_customer),
    Table(OptOut, "user__customer"),
)
