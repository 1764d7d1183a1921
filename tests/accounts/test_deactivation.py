"""What ends when a user is deactivated, and that reactivating brings back only the sign-in."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.endings import what_ends
from accounts.models import Invitation, OrgUnit, Role, User
from accounts.services import Refused
from api.keys import key_create
from api.models import ApiKey
from api.scopes import Scope
from audit.models import AuditEvent
from tests.accounts.conftest import PASSWORD
from wizard.models import Connection, Handover, SyncProfile
from wizard.services import handover_make


@pytest.fixture
def colleague(root: OrgUnit, new_user: Callable[..., User]) -> User:
    return new_user("Cora Colleague", Role.SYSTEM_ADMINISTRATOR, home=root)


@pytest.fixture
def _everything(colleague: User, root: OrgUnit) -> None:
    """A handover and an invitation that the colleague sent."""
    connection = Connection.objects.create(customer=root.customer, created_by=colleague, company_id="hillside")
    handover_make(
        connection=connection, actor=colleague, stages=["sender_id"], name="Ida", email="ida@example.com", note=""
    )
    services.invitation_send(
        actor=colleague, email="new@example.com", name="N", customer=root.customer, home_org_unit=root, roles=[]
    )


@pytest.mark.usefixtures("_everything")
def test_deactivation_ends_what_the_user_has(
    colleague: User, administrator: User, browser_of: Callable[[User], Client]
) -> None:
    browser, untracked = browser_of(colleague), Client()
    untracked.force_login(colleague)
    UserSession.objects.exclude(session_key=browser.session.session_key).delete()
    assert [sentence.partition(" ")[2] for sentence in what_ends(colleague)] == [
        "device is signed out", "sent invitation is canceled", "sent handover is revoked",
    ]  # fmt: skip

    services.user_deactivate(user=colleague, actor=administrator, reason="Left the company")

    assert what_ends(colleague) == []
    for client in (browser, untracked):
        assert client.get("/account/").status_code == 302
    services.user_reactivate(user=colleague, actor=administrator)
    for client in (browser, untracked):
        assert client.get("/account/").status_code == 302
    assert not Invitation.objects.usable().exists()
    assert not Handover.objects.usable().exists()
    assert browser_of(colleague).get("/account/").status_code == 200
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert [*actions][-5:] == [
        "invitation.revoked", "handover.revoked", "user.deactivated", "user.reactivated", "user.signed_in",
    ]  # fmt: skip


def test_deactivation_is_explained_until_it_ends(colleague: User, administrator: User) -> None:
    for reason in ("Left the company", "again"):
        services.user_deactivate(user=colleague, actor=administrator, reason=reason)

    user = User.objects.get(pk=colleague.pk)
    assert (user.is_active, user.deactivated_by, user.deactivation_reason) == (False, administrator, "Left the company")
    assert AuditEvent.objects.get(action="user.deactivated").metadata["reason"] == "Left the company"

    services.user_reactivate(user=user, actor=administrator)
    assert (user.is_active, user.deactivated_at, user.deactivated_by, user.deactivation_reason) == (
        True,
        None,
        None,
        "",
    )


def test_deactivation_of_support_ends_claims_and_keys(
    support: User, other_support: User, administrator: User, branch: OrgUnit
) -> None:
    connection = Connection.objects.create(customer=branch.customer, created_by=administrator)
    entity = services.legal_entity_create(parent=branch, actor=None, name="Canada Inc.")
    profile = SyncProfile.objects.create(
        connection=connection, legal_entity=entity, state="claimed", claimed_by=support, claimed_at=timezone.now()
    )
    expires_at = timezone.now() + timedelta(days=1)
    key_create(actor=support, name="Payables", customer=None, scopes=[Scope.READ_RECORDS], expires_at=expires_at)

    services.user_deactivate(user=support, actor=other_support, reason="")

    profile.refresh_from_db()
    assert (profile.state, profile.claimed_by) == ("requested", None)
    assert not ApiKey.objects.usable().exists()


def test_no_one_deactivates_or_resets_themselves(administrator: User, colleague: User) -> None:
    with pytest.raises(Refused, match="yourself"):
        services.user_deactivate(user=colleague, actor=colleague, reason="")
    with pytest.raises(Refused, match="your own"):
        services.second_factor_reset(user=colleague, actor=colleague)


def test_second_factor_is_reset_by_a_colleague(
    colleague: User, administrator: User, browser_of: Callable[[User], Client]
) -> None:
    browser = browser_of(colleague)
    for kind in Authenticator.Type.values:
        Authenticator.objects.create(user=colleague, type=kind, data={})

    services.second_factor_reset(user=colleague, actor=administrator)

    assert not Authenticator.objects.exists()
    assert browser.get("/account/").status_code == 302
    assert AuditEvent.objects.get(action="second_factor.reset").metadata["name"] == "Cora Colleague"
    email = mail.outbox[-1]
    assert (email.to, email.subject) == (["cora@example.com"], "Your second factor was reset")
    assert re.search(r"Ada Root removed the second\s+factor", str(email.body))
    with pytest.raises(Refused, match="no second factor"):
        services.second_factor_reset(user=colleague, actor=administrator)
    signed_in = Client().post("/accounts/login/", {"login": colleague.email, "password": PASSWORD})
    assert signed_in.headers["Location"] == "/"
