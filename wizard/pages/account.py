"""Whether a user's Beanworks account may connect. We read this ourselves, so that users need not confirm it."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Customer, LegalEntity, OrgUnit, Role, User
from core.collation import Natural
from core.isolated_text import Sentence, join_names
from core.text import before_full_stop
from wizard.access import is_at_root, root_administrators
from wizard.models import Outcome


@dataclass(frozen=True)
class AccountCheck:
    title: str
    passed: bool
    words: str
    # Where those who administer the company fix it. Others cannot open it.
    url: str = ""

    @property
    def outcome(self) -> str:
        return Outcome.PASSED if self.passed else Outcome.FAILED


def account_checks(person: User, customer: Customer) -> list[AccountCheck]:
    return [_role(person), _home(person, customer), _legal_entity(customer)]


def _role(person: User) -> AccountCheck:
    passed = person.has_role(Role.SYSTEM_ADMINISTRATOR)
    facts = {"name": person.name}
    return AccountCheck(
        _("System Administrator"),
        passed,
        Sentence(_("%(name)s has this role."), facts)
        if passed
        else Sentence(_("%(name)s does not have this role. A System Administrator can give it."), facts),
        "" if passed else reverse("accounts:user", args=[person.pk]),
    )


def _home(person: User, customer: Customer) -> AccountCheck:
    facts = {"name": person.name, "home": before_full_stop(person.home_org_unit)}
    if is_at_root(person):
        return AccountCheck(_("Root Org Unit"), True, Sentence(_("The home org unit of %(name)s is %(home)s."), facts))
    root = OrgUnit.objects.filter(customer=customer, parent=None).first()
    names = join_names(root_administrators(customer)) or _("Beanworks support")
    words = _(
        "The home org unit of %(name)s is %(home)s. To connect Intacct, it must be %(root)s, the topmost org unit. "
        "%(names)s can change it, or continue for you."
    )
    page = reverse("accounts:user", args=[person.pk])
    return AccountCheck(_("Root Org Unit"), False, Sentence(words, facts | {"root": root, "names": names}), page)


def _legal_entity(customer: Customer) -> AccountCheck:
    entities = LegalEntity.objects.open().filter(customer=customer).order_by(Natural("name"))
    names = list(entities.values_list("name", flat=True))
    if names:
        return AccountCheck(_("Legal entity"), True, join_names(names))
    words = _(
        "There is no legal entity yet. A System Administrator at the Root Org Unit can add one on the page of the "
        "company."
    )
    return AccountCheck(_("Legal entity"), False, words, reverse("accounts:customer", args=[customer.pk]))
