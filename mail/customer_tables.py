"""The tables with data of customers, for exports and deletions."""

from django.db.models import Q

from accounts.models import Invitation, User
from core.customer_data import CustomerTable as Table
from core.customer_data import Rows
from mail.kinds import EMAIL_KINDS
from mail.models import Email, Notification, OptOut

# Users of Beanworks are of no customer.
TO_BEANWORKS = Q(user__isnull=False, user__customer=None)


def _emails(customer_pk: int) -> Rows:
    """Those about the customer, and those to its users and invited people that name no customer.

    Such an email is an invitation: it is sent to an address that has no user yet.
    """
    users = User.objects.filter(customer=customer_pk).values("email")
    invited = Invitation.objects.filter(customer=customer_pk).values("email")
    of_no_customer = Q(customer=None) & (Q(address__in=users) | Q(address__in=invited))
    return Email.objects.filter(Q(customer=customer_pk) | of_no_customer)


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
    Table(Email, _emails, exported=_emails_to_the_customer, before=(User, Invitation)),
    Table(Notification, "customer", exported=_notifications_of_the_customer),
    Table(OptOut, "user__customer"),
)
