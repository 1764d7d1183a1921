from collections.abc import Iterator

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import Customer, LegalEntity, OrgUnit, Role, User
from core.emails import EmailContent
from mail.models import Email
from mail.services import email_write
from smartsync.models import Schedule
from tests.support.users import create_user
from wizard.models import Connection, SyncProfile
from wizard.services import profile_claim, profiles_request

from .occasions import verification
from .server import HOST, MailServer


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """A mail server on this machine, to which this process sends."""
    server = MailServer()
    settings.MAIL_TRANSPORT = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, server.port
    server.start()
    yield server
    server.post.stalls = False
    server.stop()


def write_email(
    dedupe_key: str = "occasion", address: str = "ada@example.com", kind: str = "profile_approved"
) -> Email:
    content = EmailContent("Approved", "It is approved.", "<p>It is approved.</p>")
    email = email_write(kind=kind, address=address, dedupe_key=dedupe_key, content=content)
    assert email
    return email


@pytest.fixture
def connection(customer: Customer, administrator: User) -> Connection:
    connection_in_use = Connection.objects.create(
        customer=customer,
        created_by=administrator,
        company_id="hillside",
        level="top",
        permission_model="role",
        modules=[],
        credentials_saved_at=timezone.now(),
        company={"entities": [{"id": "200", "name": "Canada"}]},
    )
    verification(connection_in_use, "passed")
    return connection_in_use


@pytest.fixture
def entity(customer: Customer, branch: OrgUnit) -> LegalEntity:
    return LegalEntity.objects.create(customer=customer, org_unit=branch, name="Hillside Canada Inc.")


@pytest.fixture
def waiting(connection: Connection, entity: LegalEntity, administrator: User, support: User) -> SyncProfile:
    [profile] = profiles_request(connection=connection, entity_ids={entity: ""}, actor=administrator, note="Before May")
    return profile


@pytest.fixture
def claimed(waiting: SyncProfile, support: User) -> SyncProfile:
    profile_claim(profile=waiting, actor=support)
    return waiting


@pytest.fixture
def in_use(connection: Connection, entity: LegalEntity) -> SyncProfile:
    return SyncProfile.objects.create(
        connection=connection, legal_entity=entity, state="approved", decided_at=timezone.now()
    )


@pytest.fixture
def schedule(in_use: SyncProfile, branch: OrgUnit) -> Schedule:
    maker = create_user("Paul", Role.PO_ADMINISTRATOR, home=branch)
    return Schedule.objects.create(
        profile=in_use, days=[1], at="06:00", time_zone="America/Vancouver", created_by=maker
    )
