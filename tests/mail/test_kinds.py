"""Every kind of email in both languages: both parts say the same, and neither tells a secret or leaves a gap."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.core.context import request_context
from django.conf import settings as product
from django.http import HttpRequest
from django.utils import timezone
from lxml import html
from pytest_django.fixtures import Settings
from time_machine import travel

from accounts.adapter import SECURITY_CHANGES, AccountAdapter
from accounts.models import Customer, LegalEntity, OrgUnit, Role, User
from accounts.services import invitation_send, password_reset_request
from api.models import WebhookEndpoint
from api.webhooks.endpoints import disable, endpoint_create
from core.emails import LINE_LENGTH, wrap_text
from mail.kinds import EMAIL_KINDS
from mail.models import Email
from operations.channels.kinds import KINDS
from operations.channels.services import channel_create
from operations.customer_message import CustomerMessage
from operations.digest import digests_send
from operations.export import notify_export
from operations.models import ChannelMessage, CustomerExport
from operations.occasions import report_occasions
from operations.services import message_send
from operations.support.escalation import escalate_requests
from operations.tasks import channel_message_run
from smartsync.models import MissedRun, Schedule
from smartsync.services import missed_runs_notify
from tests.support.users import create_user
from wizard.missing import problems_of
from wizard.models import Connection, SupportSettings, SyncProfile
from wizard.models.support_settings import deployment_defaults
from wizard.services import (
    connection_disconnect,
    handover_make,
    profile_answer,
    profile_approve,
    profile_ask,
    profile_decline,
    profile_revoke,
    profile_undo_approval,
    reminders_send,
    update_incidents,
)

from .occasions import finish, run_of, verification

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["en", "fr-ca"])
def language(request: pytest.FixtureRequest, administrator: User, support: User, settings: Settings) -> str:
    """Everyone reads this language, and the customer has a contact at Beanworks."""
    settings.EMAIL_BACKEND = "mail.backend.Outbox"
    manager = create_user("Cleo Success", kind=User.Kind.CUSTOMER_SUCCESS)
    Customer.objects.update(success_manager=manager)
    User.objects.update(language=request.param)
    for user in (administrator, support):
        user.refresh_from_db()
    language: str = request.param
    return language


def send_account_emails(administrator: User, root: OrgUnit, language: str) -> None:
    stranger = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside"), name="Seaside")
    create_user("Olga Root", Role.SYSTEM_ADMINISTRATOR, home=stranger, language=language)
    for email in ("nora@example.com", "olga@example.com"):
        invitation_send(
            actor=administrator, email=email, name="Nora New", language=language, customer=root.customer,
            home_org_unit=root, roles=[Role.SYSTEM_ADMINISTRATOR],
        )  # fmt: skip
    password_reset_request(email=administrator.email)
    request = HttpRequest()
    request.META |= {"REMOTE_ADDR": "127.0.0.1", "HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0) Chrome/150"}
    with request_context(request):
        for change in SECURITY_CHANGES:
            AccountAdapter(request).send_notification_mail(change, administrator)


def send_wizard_emails(claimed: SyncProfile, administrator: User, support: User) -> None:
    profile_ask(profile=claimed, actor=support, question="Which books?\nThe old ones?")
    profile_answer(profile=claimed, actor=administrator, answer="The Canadian ones.")
    profile_approve(profile=claimed, actor=support)
    SyncProfile.objects.update(state="claimed", decided_at=None, decided_by=None)
    Email.objects.filter(kind="profile_approved").update(dedupe_key="approved")
    profile_decline(profile=claimed, actor=support, reason="The books are being closed.")
    SyncProfile.objects.update(state="approved")
    run, findings = verification(claimed.connection, "failed")
    update_incidents(verification=run, findings=findings)
    message_send(message=CustomerMessage(problems_of(claimed.connection), administrator), actor=support)
    handover_make(
        connection=claimed.connection, actor=administrator, stages=["user_role", "sender_id"], name="Gus Grant",
        email="gus@example.com", note="By Friday, please.",
    )  # fmt: skip


def send_reminders() -> None:
    Connection.objects.update(must_act="customer", first_synced_at=None)
    later = timezone.now() + timedelta(days=20)
    monday = (later - timedelta(days=later.weekday())).replace(hour=18)
    for moment in (timezone.now() + timedelta(days=6), monday):
        with travel(moment, tick=False):
            reminders_send()


def send_sync_emails(profile: SyncProfile, administrator: User) -> None:
    schedule = Schedule.objects.create(
        profile=profile, days=[1], at="06:00", time_zone="America/Vancouver", created_by=administrator
    )
    MissedRun.objects.create(schedule=schedule, due_at=timezone.now(), reason="refused")
    missed_runs_notify()
    finish(run_of(profile, schedule))
    for state in ("refused", "complete"):
        finish(run_of(profile, None, state, kind="full", requested_by=administrator))


def send_ending_emails(profile: SyncProfile, administrator: User, support: User) -> None:
    now = timezone.now()
    approved = {"state": "approved", "decided_by": support, "decided_at": now, "sync_started_at": None}
    SyncProfile.objects.update(**approved)
    profile_undo_approval(profile=profile, actor=support)
    SyncProfile.objects.update(**approved)
    profile_revoke(profile=profile, actor=support, reason="The contract has ended.")
    Connection.objects.update(credentials_saved_at=now)
    connection_disconnect(connection=profile.connection, actor=administrator)


def send_webhook_emails(support: User) -> None:
    endpoint, _secret = endpoint_create(
        actor=support, url="https://hooks.example.com/", description="", event_types=["run.failed"], customer=None
    )
    disable(endpoint, WebhookEndpoint.DisabledReason.FAILING)


def send_staff_emails(profile: SyncProfile, administrator: User, support: User) -> None:
    """Emails to Beanworks' own people and channels: about a request that waits for too long and a broken connection."""
    waiting = {"state": "claimed", "requested_at": timezone.now() - timedelta(days=9), "ended_at": None}
    SyncProfile.objects.update(**waiting)
    SupportSettings.objects.create(**deployment_defaults(), escalation_hours=8)
    escalate_requests()
    channel = channel_create(
        actor=support, name="Team", team="support", service="email", email="team@example.com",
        language=support.language, kinds=list(KINDS),
    )  # fmt: skip
    channel.kinds.update(since=timezone.now() - timedelta(days=30))
    report_occasions(slow=False)
    for message in ChannelMessage.objects.all():
        channel_message_run(message.pk)
    Connection.objects.update(broken_since=timezone.now())
    with travel(timezone.now() + timedelta(days=8 - timezone.now().isoweekday()), tick=False) as clock:
        clock.move_to(timezone.now().replace(hour=17, minute=0))
        digests_send()


def send_export_emails(customer: Customer, administrator: User) -> None:
    for expires_at in (None, timezone.now()):
        notify_export(
            CustomerExport.objects.create(
                customer=customer, requested_by=administrator, state="done", expires_at=expires_at
            )
        )


@pytest.fixture
def emails(language: str, claimed: SyncProfile, administrator: User, support: User, root: OrgUnit) -> list[Email]:
    send_account_emails(administrator, root, language)
    send_wizard_emails(claimed, administrator, support)
    send_sync_emails(claimed, administrator)
    send_reminders()
    send_webhook_emails(support)
    send_ending_emails(claimed, administrator, support)
    send_export_emails(root.customer, administrator)
    send_staff_emails(claimed, administrator, support)
    return list(Email.objects.order_by("pk"))


def test_every_email_is_whole(emails: list[Email], language: str) -> None:
    assert {email.kind for email in emails} == set(EMAIL_KINDS)
    problems = {f"{email.kind}: {email.subject}\n{email.text}": faults_of(email) for email in emails}
    assert {text: names for text, names in problems.items() if names} == {}


def test_names_from_right_to_left_reorder_no_email(
    language: str, claimed: SyncProfile, administrator: User, support: User, root: OrgUnit
) -> None:
    for model in (Customer, User, LegalEntity):
        model._default_manager.update(name="חברת הדקל")
    Connection.objects.update(company_id="דקל")
    claimed.refresh_from_db()
    for user in (administrator, support):
        user.refresh_from_db()

    send_wizard_emails(claimed, administrator, support)
    send_sync_emails(claimed, administrator)
    send_reminders()

    texts = [text for email in Email.objects.all() for text in (email.subject, email.text, email.html)]
    isolated = [re.sub("\u2068[^\u2068\u2069]*\u2069", "", text) for text in texts]
    assert "חברת הדקל" in "".join(texts)
    assert [text for text in isolated if re.search("[\u0590-\u08ff]", text)] == []


def faults_of(email: Email) -> list[str]:
    return [name for name, is_fine in checks_of(email) if not is_fine]


def checks_of(email: Email) -> Iterator[tuple[str, bool]]:
    page: Any = html.fromstring(email.html)
    for style in page.xpath("//style"):
        style.getparent().remove(style)
    shown = " ".join(" ".join(page.itertext()).split())
    text = " ".join(email.text.split())
    buttons = page.xpath("//a[contains(@class, 'on-button')]/@href")
    long_lines = [line for line in wrap_text(email.text).splitlines() if len(line) > LINE_LENGTH and "http" not in line]

    yield "language", page.get("lang") == email.language
    yield "subject", email.subject in page.findtext(".//h1") and 10 < len(email.subject) < 110
    yield "one button at most", len(buttons) <= 1 and all(link in email.text for link in buttons)
    yield "reason", bool(re.search("You get this email because|Vous recevez ce courriel", text))
    yield "help", product.SUPPORT_EMAIL in text and product.SUPPORT_EMAIL in shown
    yield "sender", "connect@beanworks.com" in text and "connect@beanworks.com" in shown
    yield "given name", not re.search(r"(Hello|Bonjour) \w+ \w+,", text)
    yield "short lines", not long_lines
    yield "no gap", not re.search(r"None|\(\)|\{|\}|%\(| ,|\bfor \.|»\s*«", text)
    yield "no double full stop", not re.search(r"\.\.|[,;:]\.", text + shown)
    yield "no glued sentence", not re.search(r"[a-zé][.!?][A-ZÉ][a-zé]", re.sub(r"\S+@\S+|https?\S+", "", text))
    yield "same words", set(words_of(email.text.partition("\n--\n")[0])) <= set(words_of(shown))
    yield "no remote part", not page.xpath("//img | //script | //link")
    # The link that turns a kind off lets its reader do nothing else.
    both = re.sub(r"/account/emails/off/[\w.:-]+/", "", email.text + email.html)
    yield "no secret", EMAIL_KINDS[email.kind].secret or not re.search(r"[\w-]{40}", both)


def words_of(text: str) -> list[str]:
    return re.findall(r"\w{4,}", re.sub(r"https?\S+", "", text))
