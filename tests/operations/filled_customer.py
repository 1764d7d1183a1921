"""A customer with a row in every registered table, and a canary in every text that the database lets one write."""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import Error, connection, transaction
from django.db.models import JSONField, Model
from django.utils import timezone

from accounts.models import Customer, OrgUnit, User
from accounts.models.imports import Import, ImportLine
from api.keys import key_create
from api.models import Arrival, KeyUse, ReportedState, StoredResponse, WebhookTrigger
from api.scopes import Scope
from audit.models import AuditEvent
from audit.services import event_record
from core.customer_data import TABLES
from mail.models import Email, OptOut
from operations.models import Channel, ChannelMessage, CustomerDeletion, FollowUp, ReportedOccasion, SavedView
from smartsync.models import ItemChange, ListItem, ListRun, MissedRun, RecordStream, Schedule, SetAsideRecord
from tests.access.records import people, things
from wizard.models import (
    Confirmation,
    Connection,
    Finding,
    Incident,
    Question,
    StoredSecret,
    SyncProfile,
    Verification,
)

# No name of a table, a column or a setting contains it.
CANARY = "kanarivogel"
# Another text would not pass a constraint that compares it with other columns, would end what the test needs, or stays
# in the audit log: a cause is one of our codes.
UNCHANGED = {"id", "cells", "session_key", "kind", "state", "pk", "cause"}


def filled_customer() -> tuple[Customer, dict[str, User]]:
    """Return the customer and the users of all kinds, by name. Support is "support"."""
    customer = Customer.objects.create(name="Hillside Foods")
    root = OrgUnit.objects.create(customer=customer, name="Root Org Unit")
    branch = OrgUnit.objects.create(customer=customer, name="Canada", parent=root)
    other = Customer.objects.create(name="Seaside")
    users = people(root, branch, OrgUnit.objects.create(customer=other, name="Root Org Unit"))
    things(root, branch, users)
    CustomerDeletion.objects.all().delete()
    add_rest(customer, users)
    _add_other_customer(other, users["other_tenant"])
    return customer, users


def add_rest(customer: Customer, users: dict[str, User]) -> None:
    """Add rows to the tables that have none yet."""
    now, administrator = timezone.now(), users["system_administrator"]
    target = Connection.objects.get(customer=customer)
    profile = SyncProfile.objects.get(connection=target)
    verification = Verification.objects.create(connection=target, state="done")
    list_run, item = ListRun.objects.get(), ListItem.objects.get()
    address = EmailAddress.objects.get(user=administrator)
    account = SocialAccount.objects.create(user=administrator, provider="sso", uid="1")
    key, _token = key_create(
        actor=users["support"],
        name="Own key",
        customer=customer,
        scopes=list(Scope),
        expires_at=now + timedelta(days=1),
    )
    device = UserSession.objects.get(user=administrator)
    event = event_record(action="webhook.tested", actor=None, customer_id=customer.pk)
    channel = Channel.objects.get()
    message = ChannelMessage.objects.create(channel=channel, kind="test", customer=customer, text="1", link="/")
    rows: list[Model] = [
        Session(session_key=device.session_key, session_data="-", expire_date=now),
        EmailConfirmation(email_address=address, key="1"),
        Authenticator(user=administrator, type="totp", data={}),
        SocialToken(account=account, token="1"),
        OptOut(user=administrator, kind="setup_reminder"),
        Email(kind="account", dedupe_key="2", address=administrator.email, language="en", customer=customer, text="1"),
        StoredSecret(connection=target, field="password", envelope=b"1"),
        Confirmation(connection=target, check_slug="field", confirmed_by="Ada"),
        Finding(verification=verification, check_slug="field", position=1, outcome="passed", at=now),
        Incident(connection=target, check_slug="field", cause="unknown"),
        Question(profile=profile, text="Which?", asked_by=users["support"], asked_at=now),
        MissedRun(schedule=Schedule.objects.get(), due_at=now, reason="late"),
        Import(kind="invitations", customer=customer),
        ImportLine(run=Import.objects.create(kind="users"), number=1, cells={"customer": customer.name}),
        SetAsideRecord(list_run=list_run, key=1, reason="no_key", fingerprint=b"1"),
        ItemChange(item=item, list_run=list_run, at=now, kind="gone", fields={}),
        RecordStream(profile=profile),
        SavedView(user=administrator, name="Mine", query="a=b"),
        FollowUp(connection=target),
        ReportedOccasion(channel=channel, message=message, key="1"),
        KeyUse(key=key, minute=now, requests=1),
        StoredResponse(key=key, idempotency_key="1", fingerprint="1", body=b"canary"),
        Arrival(key=key, user=administrator, connection=target, token_hash="2", expires_at=now + timedelta(days=1)),
        ReportedState(connection=target),
        WebhookTrigger(event=event, state="done"),
    ]
    for row in rows:
        row.save(force_insert=True)


def _add_other_customer(customer: Customer, user: User) -> None:
    target = Connection.objects.create(customer=customer, created_by=user, company_id="seaside", user_id="Beanworks")
    event_record(action="credentials.saved", actor=user, customer_id=customer.pk, company="seaside", user="Beanworks")
    StoredSecret.objects.create(connection=target, field="password", envelope=b"1")
    Email.objects.create(kind="account", dedupe_key="3", address=user.email, language="en", customer=customer, text="1")


def fill_with_canaries(customer: Customer) -> int:
    """Write a canary into every text of every row, if the database lets us. Return how many columns hold one."""
    filled = sum(
        _fill(model, field, table.rows(customer.pk))
        for model, table in TABLES.items()
        for field in model._meta.concrete_fields
        if field.name not in UNCHANGED and not field.is_relation and not field.choices and not field.generated
    )
    customer.refresh_from_db()
    ImportLine.objects.update(cells={"customer": customer.name, "phone": CANARY})
    return filled


def _fill(model: type[Model], field: Any, rows: Any) -> bool:
    is_filled = False
    for number, key in enumerate(rows.values_list("pk", flat=True)):
        text = f"{CANARY}{number}.{field.column}@example.com"[: field.max_length]
        value = {CANARY: text} if isinstance(field, JSONField) else text
        try:
            with transaction.atomic():
                model._base_manager.filter(pk=key).update(**{field.name: value})
                is_filled = True
        except (Error, ValidationError, ValueError, TypeError):
            # A number, a time, or a text that a constraint knows.
            continue
    return is_filled


def row_counts(customer: Customer) -> dict[str, int]:
    return {table.name: table.rows(customer.pk).count() for table in TABLES.values()}


def events_of(customer: Customer) -> list[Any]:
    return list(AuditEvent._base_manager.filter(customer_id=customer.pk).order_by("pk").values())


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
