"""Customers with their org units, legal entities and users."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress

from accounts.models import Customer, LegalEntity, OrgUnit, Role, RoleAssignment, User
from beanworks_connect.demo.insertion import insert
from beanworks_connect.demo.stories import STORIES, Story
from beanworks_connect.demo.team import COLLEAGUES, FORMER, MANAGERS, SUPPORT, email_of
from beanworks_connect.demo.times import ago
from wizard.models import Connection

LEGAL_FORMS = {"Canada": "Inc.", "US": "Inc.", "UK": "Ltd."}
ZONES = {"en": "America/Vancouver", "fr-ca": "America/Toronto"}
# Org units below the first legal entity of a customer, and a legal entity that was closed.
DEPARTMENTS = {"Arbutus Apparel": ("Stores", "Online shop"), "Fraser Freight": ("Trucking", "Warehouses")}
CLOSED = {"Arbutus Apparel": "Arbutus Outlets Ltd."}
CLOSED_DAYS, LEFT_DAYS = 25, 18


@dataclass
class Tenant:
    """A customer of the demonstration and what belongs to it."""

    story: Story
    customer: Customer
    root: OrgUnit
    branches: Sequence[OrgUnit] = ()
    legal_entities: Sequence[LegalEntity] = ()
    users: Sequence[User] = ()
    # Only if the story has a step.
    connection: Connection = field(init=False)

    @property
    def administrator(self) -> User:
        return self.users[0]


def insert_team(password: str) -> Mapping[str, User]:
    """Insert Beanworks' people. Return them by name."""
    kinds = dict.fromkeys(MANAGERS, User.Kind.CUSTOMER_SUCCESS) | dict.fromkeys(SUPPORT, User.Kind.SUPPORT)
    users = insert(_user(name, password, 400, kind=kind) for name, kind in kinds.items())
    return {user.name: user for user in users}


def insert_tenants(team: Mapping[str, User], password: str) -> Sequence[Tenant]:
    # Two of three customers are Cleo's: she is the one to sign in as.
    managers = [team[MANAGERS[number % 3 == 2]] for number in range(len(STORIES))]
    customers = insert(_customer(story, manager) for story, manager in zip(STORIES, managers, strict=True))
    roots = insert(OrgUnit(customer=customer, name="Root Org Unit") for customer in customers)
    tenants = [Tenant(*parts) for parts in zip(STORIES, customers, roots, strict=True)]
    insert(unit for tenant in tenants for unit in _add_branches(tenant))
    further = insert(unit for tenant in tenants for unit in _further_units(tenant))
    entities = [entity for tenant in tenants for entity in _add_legal_entities(tenant)]
    insert([*entities, *(_closed_entity(unit) for unit in further if unit.name in CLOSED.values())])
    insert(user for tenant in tenants for user in _add_users(tenant, password))
    insert(role for tenant in tenants for role in _roles(tenant))
    insert(_address(user) for user in User.objects.all())
    return tenants


def _customer(story: Story, manager: User) -> Customer:
    return Customer(
        name=story.name,
        success_manager=manager,
        contact_name=story.administrator,
        contact_email=email_of(story.administrator),
        contact_phone="+1 604 555 0100",
        language=story.language,
        time_zone=ZONES[story.language],
        created_at=ago(story.started + 3),
    )


def _further_units(tenant: Tenant) -> Iterator[OrgUnit]:
    for name in DEPARTMENTS.get(tenant.story.name, ()):
        yield OrgUnit(customer=tenant.customer, parent=tenant.branches[0], name=name)
    if closed := CLOSED.get(tenant.story.name):
        yield OrgUnit(customer=tenant.customer, parent=tenant.root, name=closed)


def _closed_entity(unit: OrgUnit) -> LegalEntity:
    return LegalEntity(customer=unit.customer, org_unit=unit, name=unit.name, closed_at=ago(CLOSED_DAYS))


def _add_branches(tenant: Tenant) -> Sequence[OrgUnit]:
    count = max(tenant.story.legal_entities, len(tenant.story.decided))
    tenant.branches = [
        OrgUnit(customer=tenant.customer, parent=tenant.root, name=f"{tenant.story.name} {country}")
        for country in [*LEGAL_FORMS][:count]
    ]
    return tenant.branches


def _add_legal_entities(tenant: Tenant) -> Sequence[LegalEntity]:
    tenant.legal_entities = [
        LegalEntity(
            customer=tenant.customer,
            org_unit=branch,
            name=f"{branch.name} {form}",
            time_zone=ZONES[tenant.story.language],
        )
        for branch, form in zip(tenant.branches, LEGAL_FORMS.values(), strict=False)
    ]
    return tenant.legal_entities


def _add_users(tenant: Tenant, password: str) -> Sequence[User]:
    story, since = tenant.story, tenant.story.started + 3
    shared = {"customer": tenant.customer, "language": story.language, "time_zone": ZONES[story.language]}
    tenant.users = [
        _user(story.administrator, password, since, home_org_unit=tenant.root, **shared),
        *(
            _user(name, password, since, home_org_unit=tenant.root if at_root else tenant.branches[0], **shared)
            for name, _role, at_root in COLLEAGUES.get(story.name, ())
        ),
    ]
    for user in tenant.users:
        if user.name in FORMER:
            user.is_active, user.deactivated_at, user.deactivated_by = False, ago(LEFT_DAYS), tenant.administrator
            user.deactivation_reason = FORMER[user.name]
    return tenant.users


def _roles(tenant: Tenant) -> Sequence[RoleAssignment]:
    roles = [Role.SYSTEM_ADMINISTRATOR, *(role for _name, role, _at_root in COLLEAGUES.get(tenant.story.name, ()))]
    return [RoleAssignment(user=user, role=role) for user, role in zip(tenant.users, roles, strict=True)]


def _address(user: User) -> EmailAddress:
    return EmailAddress(user=user, email=user.email, verified=True, primary=True)


def _user(name: str, password: str, days: int, **fields: object) -> User:
    return User(email=email_of(name), name=name, password=password, created_at=ago(days), **fields)
