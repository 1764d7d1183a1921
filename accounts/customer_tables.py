"""The tables with data of customers, for exports and deletions."""

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import JSONField, Q, QuerySet, TextField
from django.db.models.functions import Cast, Lower

from accounts.models import Customer, Import, ImportLine, Invitation, LegalEntity, OrgUnit, RoleAssignment, User
from core.customer_data import CustomerTable as Table
from core.customer_data import holds_any


def _sessions(customer_pk: int) -> QuerySet[Session]:
    devices = UserSession.objects.filter(user__customer=customer_pk)
    return Session.objects.filter(session_key__in=devices.values("session_key"))


def _import_lines(customer_pk: int) -> QuerySet[ImportLine]:
    """Lines about the customer or one of its users: a file may be about many customers.

    A line that nothing was done with is not linked to its customer. It is found by the names in it.
    """
    customers = Customer.objects.filter(pk=customer_pk).values_list("name", "external_id")
    emails = User.objects.filter(customer=customer_pk).values_list("email", flat=True)
    invited = Invitation.objects.filter(customer=customer_pk).values_list("email", flat=True)
    texts = [text for row in (*customers, emails, invited) for text in row if text]
    # A file may write names and addresses in other case than we store them.
    lines = ImportLine.objects.alias(lower_case=Cast(Lower(Cast("cells", TextField())), JSONField()))
    is_named = holds_any("cells", texts) | holds_any("lower_case", [text.lower() for text in texts])
    return lines.filter(Q(customer=customer_pk) | Q(run__customer=customer_pk) | is_named)


TABLES = (
    Table(Customer, "pk"),
    Table(OrgUnit, "customer"),
    Table(LegalEntity, "customer"),
    Table(User, "customer"),
    Table(RoleAssignment, "user__customer"),
    Table(Invitation, "customer"),
    Table(EmailAddress, "user__customer"),
    Table(EmailConfirmation, "email_address__user__customer", is_exported=False),
    Table(Authenticator, "user__customer", is_exported=False),
    Table(UserSession, "user__customer"),
    Table(Import, "customer", is_exported=False),
    Table(ImportLine, _import_lines, is_exported=False, before=(Customer, User, Invitation)),
    Table(Session, _sessions, is_exported=False, before=(UserSession,)),
    Table(SocialAccount, "user__customer"),
    Table(SocialToken, "account__user__customer", is_exported=False),
)
