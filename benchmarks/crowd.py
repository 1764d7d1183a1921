"""Fills a database with a large product, once: another run on the same day finds it, if the server is the same.

Without DATABASE_URL, each run starts a server of its own. `python -m local services` starts one that stays.
"""

import json
from hashlib import sha256
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import connection as database
from django.utils import timezone

import tests.support.services  # noqa: F401 - starts the services and reads the settings
from accounts.models import Role, RoleAssignment, User
from benchmarks import fleet as fleet_module
from benchmarks.fleet import fleet, items, vacuum
from mail.models import Email
from smartsync.models import ListItem
from tests.access import records
from tests.access.test_table import COLUMNS, Asking
from wizard.models import SyncProfile

WITHOUT_ACCOUNT = {"signed_out", "handover_guest"}
RECORDS = 100
EVENTS = 300_000
NIGHTS = 28
USERS = 3


def staged(profiles: int, size: int) -> Asking:
    """Return what requests every page of a product with so many profiles, and one list with `size` records."""
    name = f"pages_{profiles}_{size}_{_version()}"
    if known := _known(name):
        _use(name)
        call_command("migrate", verbosity=0)
        users = {who: User.objects.get(email=f"{who}@example.com") for who in COLUMNS if who not in WITHOUT_ACCOUNT}
        return Asking(users, known)
    database.settings_dict["TEST"]["NAME"] = name
    database.creation.create_test_db(verbosity=0, autoclobber=True)
    pages = Asking.of_new_customer()
    crowd(fleet(profiles))
    profile = SyncProfile.objects.get(pk=pages.known["profile_pk"])
    ListItem.objects.filter(profile=profile).delete()
    items(profile, size)
    pages.known["item_pk"] = ListItem.objects.filter(profile=profile).latest("pk").pk
    vacuum()
    with database.cursor() as cursor:
        cursor.execute(f"COMMENT ON DATABASE {name} IS '{json.dumps(pages.known)}'")
    return pages


def _version() -> str:
    """Differs when what fills the database does, and each day: links in it expire."""
    sources = (__file__, fleet_module.__file__, records.__file__)
    code = b"".join(Path(str(source)).read_bytes() for source in sources)
    return sha256(code + str(timezone.now().date()).encode()).hexdigest()[:8]


def _known(name: str) -> dict[str, int]:
    """Return the primary keys of a database that was filled completely, otherwise nothing."""
    with database.creation._nodb_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
        row = cursor.fetchone()
    return json.loads(row[0]) if row and row[0] else {}


def _use(name: str) -> None:
    database.close()
    database.settings_dict["NAME"] = name


def crowd(profiles: list[SyncProfile]) -> None:
    """Give each profile records and runs, and each customer users, emails and events."""
    _add_users(profiles)
    _add_emails(profiles)
    keys = [profile.pk for profile in profiles]
    with database.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {ListItem._meta.db_table}
                (profile_id, list, key, code, name, active, fields, fingerprint, first_seen_at, changed_at)
            SELECT pk, 'vendors', n, 'V' || n, 'Vendor number ' || n, true, '{{}}', '\\x00', now(), now()
            FROM unnest(%s) AS pk, generate_series(1, {RECORDS}) AS n""",
            [keys],
        )
        cursor.execute(
            """INSERT INTO smartsync_syncrun (profile_id, kind, state, result, attempts, failures, failure, cause,
                facts, unchanged_lists, since, created_at, started_at, finished_at)
            SELECT pk, 'partial', 'done', 'complete', 1, 0, '', '', '{}',
                '[{"position": 0, "slug": "vendors", "title": "Vendors"}]', night, night, night, night
            FROM unnest(%s) AS pk, generate_series(now() - %s * interval '1 day', now(), '1 day') AS night""",
            [keys, NIGHTS],
        )
        # Without the triggers that chain them: nothing here verifies the chain.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            """INSERT INTO audit_auditevent (occurred_at, customer_id, action, target_type, target_id, outcome)
            SELECT now() - n * interval '1 minute', customers[n %% cardinality(customers) + 1], 'profile.approved',
                'wizard.syncprofile', 1, 'success'
            FROM generate_series(1, %s) AS n, (SELECT array_agg(id) AS customers FROM accounts_customer) AS c""",
            [EVENTS],
        )
        cursor.execute("SET session_replication_role = origin")


def _add_users(profiles: list[SyncProfile]) -> None:
    password = make_password("a password")
    users = User.objects.bulk_create(
        User(
            email=f"user{number}@customer{profile.pk}.example.com",
            name=f"User {number} of {profile.pk}",
            password=password,
            customer_id=profile.legal_entity.customer_id,
            home_org_unit_id=profile.legal_entity.org_unit_id,
        )
        for profile in profiles
        for number in range(USERS)
    )
    RoleAssignment.objects.bulk_create(RoleAssignment(user=user, role=Role.SYSTEM_ADMINISTRATOR) for user in users)


def _add_emails(profiles: list[SyncProfile]) -> None:
    Email.objects.bulk_create(
        Email(
            kind="account",
            dedupe_key=f"fleet:{number}",
            customer=profile.connection.customer,
            address=f"user{number}@example.com",
            language="en",
            subject="Subject",
            text="Text",
            state="done",
            sent_at=timezone.now() if number % 20 else None,
            failure_reason="" if number % 20 else "address",
        )
        for number, profile in enumerate(profiles)
    )
