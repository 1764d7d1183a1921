"""Emails and notifications about a connection, and who gets them. The texts of emails are in templates/mail/."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import partial

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Customer, User
from accounts.rate_limits import LimitReached, use_limit
from core.tokens import LinkToken
from intacct.diagnosis import Who
from mail import recipients
from mail.models import Email
from mail.notifications import notification_send
from mail.services import email_send, email_send_all
from wizard.explanations import diagnosis_of
from wizard.missing import missing_list, missing_text
from wizard.models import Connection, Handover, Incident, Question, SupportSettings, SyncProfile, Verification
from wizard.models.verification import SIGN_IN_CHECKS
from wizard.stages import PROFILES_STAGE, STAGES, SYNC_STAGE, known_stage
from wizard.stages.stage import Stage


def notify_request(profiles: Sequence[SyncProfile], actor: User, note: str) -> None:
    """Email support about a request, and a receipt to the requester, once for all its profiles.

    Limited: a request can be withdrawn and sent again.
    """
    first, customer = profiles[0], profiles[0].connection.customer
    try:
        use_limit("profile_request_emails", first.legal_entity_id)
        use_limit("profile_request_emails_by_customer", customer.pk)
    except LimitReached:
        return

    several = len(profiles) > 1
    email_send_all(
        kind="profile_requested",
        to=recipients.support(),
        dedupe_key=f"profile_requested:{first.pk}",
        context={"customer": customer, "profiles": profiles, "actor": actor, "note": note},
        link=reverse("operations:queue") if several else reverse("operations:request", args=[first.pk]),
        customer=customer,
    )
    email_send(
        kind="request_received",
        to=actor,
        dedupe_key=f"request_received:{first.pk}",
        context={"profiles": profiles, "note": note, "hours": SupportSettings.current().target_hours},
        link=_stage_url(first.connection, PROFILES_STAGE.slug),
        customer=customer,
    )


def notify_question(question: Question) -> None:
    _notify_customer("information_asked", question.profile, f"question:{question.pk}", question=question)


def notify_answer(question: Question, actor: User) -> None:
    """Email the user who asked, or all of support if that user is no longer active."""
    asker = question.asked_by
    email_send_all(
        kind="information_given",
        to=[asker] if asker and asker.is_active else recipients.support(),
        dedupe_key=f"answer:{question.pk}",
        context={"profile": question.profile, "question": question, "actor": actor},
        link=reverse("operations:request", args=[question.profile_id]),
        customer=question.profile.connection.customer,
    )


def notify_decision(profile: SyncProfile) -> None:
    # With the time: an approval that was undone may be given again.
    decided_at = profile.ended_at or profile.decided_at
    key = f"profile_decided:{profile.pk}:{decided_at.isoformat() if decided_at else ''}"
    _notify_customer(f"profile_{profile.state}", profile, key)


def notify_undone(profile: SyncProfile) -> None:
    at = profile.claimed_at.isoformat() if profile.claimed_at else ""
    _notify_customer("profile_approval_undone", profile, f"approval_undone:{profile.pk}:{at}")


def notify_disconnection(connection: Connection) -> None:
    """Email the customer's administrators and customer success manager."""
    since = connection.disconnected_at
    email_send_all(
        kind="connection_disconnected",
        to=_administrators_and_manager(connection.customer),
        dedupe_key=f"disconnected:{connection.pk}:{since and since.isoformat()}",
        context={"connection": connection, "days": settings.ENDED_LISTS_DAYS},
        link=reverse("wizard:connection", args=[connection.pk]),
        customer=connection.customer,
    )


def notify_restored(connection: Connection, verification: Verification) -> None:
    """Notify those who were emailed about incidents that a verification has closed the last of them."""
    notification_send(
        kind="incidents_closed",
        to=_administrators_and_manager(connection.customer),
        dedupe_key=f"incidents_closed:{verification.pk}",
        facts={"customer": connection.customer.name},
        link=reverse("wizard:connection", args=[connection.pk]),
        customer=connection.customer,
    )


def _administrators_and_manager(customer: Customer) -> list[User]:
    return [*recipients.root_administrators(customer), *_manager(customer)]


def _manager(customer: Customer) -> list[User]:
    return [customer.success_manager] if customer.success_manager else []


def notify_incidents(connection: Connection, incidents: Sequence[Incident]) -> None:
    """Email each side: support gets what Beanworks must fix; the customer and its CSM get the rest."""
    customer = connection.customer
    ours = [incident for incident in incidents if diagnosis_of(incident.cause).who is Who.BEANWORKS]
    theirs = [incident for incident in incidents if incident not in ours]

    staff_page = reverse("operations:connection", args=[connection.pk])
    if ours:
        _notify_incidents(connection, ours, recipients.support(), staff_page, staff=True)
    if theirs:
        page = _stage_url(connection, known_stage(theirs[0].stage or connection.stage))
        _notify_incidents(connection, theirs, recipients.root_administrators(customer), page)
        _notify_incidents(connection, theirs, _manager(customer), staff_page, staff=True)


def _notify_incidents(
    connection: Connection, incidents: Sequence[Incident], to: Iterable[User], link: str, *, staff: bool = False
) -> None:
    email_send_all(
        kind="incident_opened",
        to=to,
        dedupe_key=f"incident:{incidents[0].pk}",
        context={
            "customer": connection.customer,
            "connection": connection,
            "syncs_continue": all(
                incident.is_check and incident.check_slug not in SIGN_IN_CHECKS for incident in incidents
            ),
            "all_are_new": all(incident.is_check and not incident.last_passed_at for incident in incidents),
            "all_worked_before": all(incident.last_passed_at for incident in incidents),
            # A function, so that each recipient reads it in their own language.
            "missing": partial(_missing_words, connection, {incident.cause for incident in incidents}, link, staff),
        },
        link=link,
        customer=connection.customer,
    )


def _missing_words(connection: Connection, causes: Collection[str], button: str, staff: bool) -> str:
    """What is missing of these causes. If one problem hides them all, that problem."""
    items = missing_list(connection)
    return missing_text([item for item in items if item.cause in causes] or items, button, staff=staff)


def _notify_customer(kind: str, profile: SyncProfile, dedupe_key: str, **context: object) -> None:
    """Email the requester of the profile and all users who may change the connection."""
    requester = [profile.requested_by] if profile.requested_by else []
    connection = profile.connection
    email_send_all(
        kind=kind,
        to=[*requester, *recipients.root_administrators(connection.customer)],
        dedupe_key=dedupe_key,
        context={"profile": profile, "days": settings.ENDED_LISTS_DAYS, **context},
        link=_stage_url(connection, SYNC_STAGE.slug if kind == "profile_approved" else PROFILES_STAGE.slug),
        customer=connection.customer,
    )


def _stage_url(connection: Connection, slug: str) -> str:
    return reverse("wizard:stage", args=[connection.pk, slug])


def send_handover_link(handover: Handover, token: LinkToken) -> None:
    """Email the guest the link."""
    handover.link_email = email_send(
        kind="handover",
        to=handover.email,
        name=handover.name,
        dedupe_key=f"handover:{handover.pk}:{token.hash[:16]}",
        context={"handover": handover},
        link=reverse("handover:link", args=[token.reveal()]),
        customer=handover.connection.customer,
    )
    handover.save(update_fields=["link_email"])


def remind_of_setup(connection: Connection, user: User, since: datetime, number: int) -> None:
    """Remind a user of a set-up that has not changed since then. `number`: which reminder of this pause it is."""
    slug = known_stage(connection.stage)
    link = _stage_url(connection, slug)
    email_send(
        kind="setup_reminder",
        to=user,
        dedupe_key=f"setup_reminder:{connection.pk}:{since.isoformat(timespec='seconds')}:{number}",
        context={
            "connection": connection,
            "since": since,
            "stage": STAGES[slug],
            "missing": lambda: missing_text(missing_list(connection), link),
        },
        link=link,
    )


def remind_maker(handover: Handover, stages: Sequence[Stage]) -> None:
    email_send(
        kind="handover_expiring",
        to=handover.created_by,
        dedupe_key=f"handover_expiring:{handover.pk}:{handover.expires_at.isoformat(timespec='seconds')}",
        context={"handover": handover, "stages": stages},
        link=reverse("wizard:handover", args=[handover.connection_id]),
    )


def remind_guest(handover: Handover, stages: Sequence[Stage], token: LinkToken | None) -> Email | None:
    """Remind the guest: with a new link, or without one to go on in the browser that opened the link."""
    maker = handover.created_by
    with translation.override(maker.language), timezone.override(maker.zone):
        return email_send(
            kind="handover_reminder",
            to=handover.email,
            name=handover.name,
            dedupe_key=f"handover_reminder:{handover.pk}:{handover.expires_at.isoformat(timespec='seconds')}",
            context={"handover": handover, "stages": stages, "is_new_link": token is not None},
            link=reverse("handover:link", args=[token.reveal()]) if token else reverse("handover:begin"),
            customer=handover.connection.customer,
        )
