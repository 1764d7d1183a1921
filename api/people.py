"""The users whom requests name as acting: a key alone neither requests nor decides a profile."""

from accounts.models import Customer, User
from accounts.two_person_rule import may_be_same_person
from api.access import KeyRequest
from api.problems import Problem
from wizard.access import may_act
from wizard.models import SyncProfile

FIELD = "#/actor_email"
NO_ADMINISTRATOR = "Name a System Administrator of the customer whose home is the Root Org Unit."


def administrator_of(customer: Customer, email: str) -> User:
    """Return the user of the customer who may connect it and so request profiles. Raises Problem."""
    user = User.objects.filter(email=email, customer=customer, is_active=True).select_related("home_org_unit").first()
    if user is None or not may_act(user):
        raise Problem.of_field(FIELD, "not_allowed", NO_ADMINISTRATOR)
    return user


def administrator_or_support(customer: Customer, email: str) -> User:
    """Return who may disconnect the customer: one of its administrators, or of Beanworks support. Raises Problem."""
    return _support(email) or administrator_of(customer, email)


def _support(email: str) -> User | None:
    return User.objects.filter(email=email, kind=User.Kind.SUPPORT, is_active=True).first()


def decider_of(request: KeyRequest, profile: SyncProfile, email: str) -> User:
    """Return the support user who decides the request. Raises Problem.

    The two-person rule also covers who made the key: with it, they could name any colleague.
    """
    user = _support(email)
    if user is None:
        raise Problem.of_field(FIELD, "not_allowed", "Name a user of Beanworks support.")
    maker, requester = request.key.created_by, profile.requested_by
    if maker and requester and may_be_same_person(maker, requester):
        raise Problem("refused", "The user who made this key also requested the profile, or invited its requester.")
    return user
