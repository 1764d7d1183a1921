"""Who can sign in."""

import unicodedata
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from accounts.models import Role
from core.text import Words

PASSWORD = "beans-and-ledgers"  # noqa: S105, public, for practice mode only
MANAGERS, SUPPORT = ("Cleo Success", "Carl Success"), ("Sam Support", "Sue Support")


# Further users of a customer, beside the System Administrator at its root: name, role, at the root?
COLLEAGUES = {
    "Maple Ridge": (
        ("Ben Branch", Role.SYSTEM_ADMINISTRATOR, False),
        ("Ines Invoice", Role.INVOICE_ADMINISTRATOR, True),
        ("Paul Purchase", Role.PO_ADMINISTRATOR, True),
        ("Petra Payment", Role.PAYMENT_ADMINISTRATOR, True),
        ("Eli Exporter", Role.INVOICE_EXPORTER, False),
    ),
    "Arbutus Apparel": (
        ("Livia Ledger", Role.INVOICE_ADMINISTRATOR, True),
        ("Fred Former", Role.PAYMENT_ADMINISTRATOR, True),
    ),
}
# Deactivated, and why.
FORMER = {"Fred Former": "Left the company."}


@dataclass(frozen=True)
class Account:
    """A user to sign in as, and what they see."""

    name: str
    sees: Words

    @property
    def email(self) -> str:
        return email_of(self.name)


# By group, as the sign-in page lists them. Everyone else in the demonstration has the same password.
ACCOUNTS: dict[Words, tuple[Account, ...]] = {
    _("Customer: System Administrators"): (
        Account("Maya Root", _("Nothing connected yet. Start here.")),
        Account("Hana Root", _("Three permissions are missing, and a field ID is wrong")),
        Account("Jon Root", _("Everything verified, about to request a sync profile")),
        Account("Wendy Tanaka", _("Support asked her a question about her request")),
        Account("Anna Kowalski", _("In use: two legal entities on schedules, and one whose profile was revoked")),
        Account("Helen Zhou", _("In use, but the password was changed in Intacct yesterday")),
        Account("Rémi Bélanger", _("Works in French; Intacct refused the sign-in")),
        Account("Ben Branch", _("Not at the Root Org Unit, so he can’t connect Intacct")),
    ),
    _("Customer: other roles"): (
        Account("Livia Ledger", _("Invoice Administrator of a customer in use: SmartSync only")),
        Account("Eli Exporter", _("Invoice Exporter: SmartSync only")),
    ),
    _("Beanworks"): (
        Account("Cleo Success", _("Customer success: the board")),
        Account("Sam Support", _("Support: the queue")),
        Account("Sue Support", _("Support, too: no one decides their own requests")),
    ),
}


def email_of(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{plain.lower().replace(' ', '.')}@example.com"


def hashed_password() -> str:
    """Hash the password once for all users: it takes longer than loading a customer."""
    return make_password(PASSWORD)
