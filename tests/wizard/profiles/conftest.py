import pytest
from django.utils import timezone

from accounts.models import LegalEntity, User
from wizard.models import Connection, Finding, SyncProfile, Verification
from wizard.services import (
    profile_ask,
    profile_claim,
    profile_request,
)


@pytest.fixture
def verified(connection: Connection, administrator: User) -> Connection:
    connection.company_id, connection.level, connection.credentials_saved_at = "hillside", "top", timezone.now()
    connection.save()
    verification = Verification.objects.create(connection=connection, state="done")
    for position, slug in enumerate(("gateway", "company", "sign_in")):
        Finding.objects.create(
            verification=verification, check_slug=slug, stage="credentials", position=position, outcome="passed"
        )
    return connection


@pytest.fixture
def waiting(verified: Connection, legal_entity: LegalEntity, administrator: User) -> SyncProfile:
    return profile_request(connection=verified, legal_entity=legal_entity, actor=administrator)


@pytest.fixture
def claimed(waiting: SyncProfile, support: User) -> SyncProfile:
    profile_claim(profile=waiting, actor=support)
    return waiting


@pytest.fixture
def asked(claimed: SyncProfile, support: User) -> SyncProfile:
    profile_ask(profile=claimed, actor=support, question="Which tax number?")
    claimed.refresh_from_db()
    return claimed
