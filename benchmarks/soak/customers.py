"""The customers: each has a user, a sync profile and a company in Intacct, where records and the password change."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

import requests
from django.db import OperationalError
from django.utils import timezone

from accounts.models import Role, RoleAssignment, User
from benchmarks.companies import create_company
from benchmarks.stage import PASSWORD as INTACCT_PASSWORD
from core.errors import Refused
from intacct.catalogue import USER_ID
from smartsync.models import SyncRun
from smartsync.services import run_start, schedule_create
from tests.smartsync.company import Company
from tests.smartsync.test_histories import ACTIONS
from tests.support.stack import Practice
from wizard.models import Connection, StageProgress
from wizard.services import verification_request
from wizard.stages import ANSWERS_STAGE
from wizard.verification.secrets import PASSWORD, secret_open

OBJECTS = ("VENDOR", "GLACCOUNT", "APBILL", "EXCHANGERATE", "TAXDETAIL", "TASK")
LONG = 20_000
"""Vendors of every second company."""
TRIES = 6
USER_PASSWORD = "a-long-word-never-guessed"


@dataclass
class Customer:
    """What threads of users need of a customer, without asking the database.

    new_password: the password that its administrator changed in Intacct and has to enter here; "" if none.
    """

    company: Company
    email: str
    new_password: str = ""

    @property
    def profile_pk(self) -> int:
        return self.company.profile.pk

    @property
    def connection_pk(self) -> int:
        return self.company.profile.connection_id


def create_customer(practice: Practice, number: int) -> Customer:
    profile = create_company(practice, number)
    if number % 2:
        # Long enough that a worker is killed in the middle of a sync.
        practice.control("companies", id=profile.connection.company_id, scale=20, sizes={"VENDOR": LONG})
        practice.control(f"companies/{profile.connection.company_id}/set-up", password=INTACCT_PASSWORD)
    email = f"user{number}@example.com"
    user = User.objects.create_user(
        email=email,
        name=f"User {number}",
        password=USER_PASSWORD,
        customer=profile.connection.customer,
        home_org_unit=profile.legal_entity.org_unit,
    )
    RoleAssignment.objects.create(user=user, role=Role.SYSTEM_ADMINISTRATOR)
    answer_pre_checks(profile.connection, user)
    return Customer(Company(practice, profile, user), email)


def answer_pre_checks(connection: Connection, user: User) -> None:
    answers = {"permission_model": "role", "several_entities": True, "modules": []}
    Connection.objects.filter(pk=connection.pk).update(**answers)
    connection.refresh_from_db()
    attested = {"attested_at": timezone.now(), "attested_by": user}
    StageProgress.objects.update_or_create(attested, connection=connection, stage=ANSWERS_STAGE.slug)


def control(customer: Customer, act: str, method: str = "POST", /, **details: Any) -> None:
    """Change the company in Intacct, whose server may be slow to answer on a busy machine."""
    for _attempt in range(TRIES):
        with suppress(requests.Timeout):
            customer.company.practice.control(f"companies/{customer.company.id}/{act}".rstrip("/"), method, **details)
            return
    raise AssertionError("the practice company does not answer")


def change_records(customer: Customer, random: Random) -> None:
    actions = [[random.choice(ACTIONS), random.randrange(100)] for _ in range(3)]
    # Otherwise the lists end up empty, since edits and deletions choose among the records that are there.
    actions += [["add", 1], ["edit", random.randrange(100)]]
    control(customer, "edits", object=random.choice(OBJECTS), actions=actions)


def change_password(customer: Customer, password: str) -> None:
    customer.new_password = password
    control(customer, "", users={USER_ID: {"password": password}})


def note_entered_password(customer: Customer) -> None:
    """Let the user stop to enter the new password once it is the one that we use."""
    stored = secret_open(customer.company.profile.connection, PASSWORD).reveal()
    if stored == customer.new_password:
        customer.new_password = ""


def request_check(customer: Customer) -> None:
    verification_request(connection=customer.company.profile.connection, actor=customer.company.actor)


def start_sync(customer: Customer, kind: str) -> SyncRun | None:
    try:
        return run_start(profile=customer.company.profile, kind=kind, actor=None)
    except (Refused, OperationalError):  # it is syncing, or a worker that hangs has its lock
        return None


def add_schedule(customer: Customer, minutes: int) -> None:
    """Let a sync start every hour, the first time in so many minutes."""
    first = timezone.now() + timedelta(minutes=minutes)
    schedule_create(
        profile=customer.company.profile,
        actor=customer.company.actor,
        days=range(7),
        at=first.time().replace(hour=0, second=0, microsecond=0),
        every_hours=1,
        time_zone="UTC",
    )
