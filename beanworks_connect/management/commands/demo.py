from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Customer, LegalEntity, OrgUnit, Role, RoleAssignment, User
from intacct.catalogue import MODULES, USER_ID
from intacct.secret import Secret
from wizard import services
from wizard.models import Connection

PASSWORD = "beans-and-ledgers"  # noqa: S105, public, for practice mode only
DOMAIN = "example.com"
ADMINISTRATOR = Role.SYSTEM_ADMINISTRATOR
# Customer: its users (name, roles, at the root?), and the practice company of its connection, if any.
CUSTOMERS: dict[str, tuple[list[tuple[str, list[str], bool]], str]] = {
    "Maple Ridge": (
        [
            ("Maya Root", [ADMINISTRATOR], True),
            ("Ben Branch", [ADMINISTRATOR], False),
            ("Ines Invoice", [Role.INVOICE_ADMINISTRATOR], True),
            ("Paul Purchase", [Role.PO_ADMINISTRATOR], True),
            ("Petra Payment", [Role.PAYMENT_ADMINISTRATOR], True),
            ("Eli Exporter", [Role.INVOICE_EXPORTER], False),
        ],
        "",
    ),
    "Harbour Mills": ([("Hana Root", [ADMINISTRATOR], True)], "HARBOUR-MILLS"),
    "Juniper Co": ([("Jon Root", [ADMINISTRATOR], True)], "JUNIPER-CO"),
}
BEANWORKS = {
    "Cleo Success": User.Kind.CUSTOMER_SUCCESS,
    "Sam Support": User.Kind.SUPPORT,
    "Sue Support": User.Kind.SUPPORT,
}


class Command(BaseCommand):
    help = "Load three customers at different stages and a user for every role. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--who", action="store_true", help="print who can sign in, and load nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.PRACTICE:
            raise CommandError("The demonstration is for practice mode only: set PRACTICE=1.")
        if options["who"]:
            self._print_users()
        elif not Customer.objects.exists():
            load()
            self.stdout.write(f"Loaded {len(CUSTOMERS)} customers.")

    def _print_users(self) -> None:
        for user in User.objects.select_related("customer", "home_org_unit").order_by("kind", "customer", "pk"):
            roles = ", ".join(str(role) for role in user.roles.all()) or user.get_kind_display()
            place = f"{user.customer}, {user.home_org_unit}" if user.customer else "Beanworks"
            self.stdout.write(f"  {user.email:32} {PASSWORD}   {roles} ({place})")


@transaction.atomic
def load() -> None:
    team = {name: _create_user(name, kind=kind) for name, kind in BEANWORKS.items()}
    for name, (people, company_id) in CUSTOMERS.items():
        customer = Customer.objects.create(name=name, success_manager=team["Cleo Success"])
        root = OrgUnit.objects.create(customer=customer, name="Root Org Unit")
        branch = OrgUnit.objects.create(customer=customer, name=f"{name} Canada", parent=root)
        LegalEntity.objects.create(customer=customer, org_unit=branch, name=f"{name} Canada Inc.")
        users = [
            _create_user(who, *roles, customer=customer, home_org_unit=root if at_root else branch)
            for who, roles, at_root in people
        ]
        if company_id:
            _create_connection(customer, users[0], company_id)


def _create_user(name: str, *roles: str, **fields: Any) -> User:
    user = User.objects.create_user(
        email=f"{name.lower().replace(' ', '.')}@{DOMAIN}", name=name, password=PASSWORD, **fields
    )
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=role) for role in roles)
    return user


def _create_connection(customer: Customer, actor: User, company_id: str) -> Connection:
    """Create a connection with credentials. The checks run as soon as a worker is available."""
    connection = services.connection_start(customer=customer, actor=actor)
    modules = [module.slug for module in MODULES]
    services.answers_save(
        connection=connection, actor=actor, permission_model="role", several_entities=False, modules=modules
    )
    services.credentials_save(
        connection=connection,
        actor=actor,
        company_id=company_id,
        user_id=USER_ID,
        password=Secret("practice-password"),
    )
    connection.refresh_from_db()
    services.level_choose(connection=connection, actor=actor, level=Connection.Level.TOP)
    return connection
