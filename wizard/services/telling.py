"""Who is told by mail what happened to a connection: the texts are in templates/mail/."""

from collections.abc import Sequence
from functools import partial

from django.urls import reverse

from accounts.models import User
from intacct.secret import Secret
from mail import people
from mail.services import mail_send, mail_send_all
from wizard.causes import explain
from wizard.models import Connection, Handover, Incident, Question, SyncProfile, Verification
from wizard.models.handover import token_hashed


def requested(profiles: Sequence[SyncProfile], actor: User, note: str) -> None:
    """One mail, however many are asked for in one go."""
    first, customer = profiles[0], profiles[0].connection.customer
    several = len(profiles) > 1
    mail_send_all(
        kind="profile_requested",
        to=people.support(),
        once=f"profile_requested:{first.pk}",
        context={"customer": customer, "profiles": profiles, "actor": actor, "note": note},
        link=reverse("operations:queue") if several else reverse("operations:request", args=[first.pk]),
        customer=customer,
    )


def asked(question: Question) -> None:
    _customer("information_asked", question.profile, f"question:{question.pk}", question=question)


def answered(question: Question, actor: User) -> None:
    """Whoever asked; everybody in support, should that person have left."""
    asker = question.asked_by
    mail_send_all(
        kind="information_given",
        to=[asker] if asker and asker.is_active else people.support(),
        once=f"answer:{question.pk}",
        context={"profile": question.profile, "question": question, "actor": actor},
        link=reverse("operations:request", args=[question.profile_id]),
        customer=question.profile.connection.customer,
    )


def decided(profile: SyncProfile) -> None:
    _customer(f"profile_{profile.state}", profile, f"profile_decided:{profile.pk}")


def broke(verification: Verification, incidents: Sequence[Incident]) -> None:
    """One mail for all that a verification found broken."""
    connection = verification.connection
    customer = connection.customer
    manager = [customer.success_manager] if customer.success_manager else []
    mail_send_all(
        kind="incident_opened",
        to=[*people.root_administrators(customer), *manager],
        once=f"incident_opened:{verification.pk}",
        context={
            "customer": customer,
            "connection": connection,
            # Put into words in each reader's language.
            "incidents": [(each, partial(explain, each)) for each in incidents],
        },
        link=_stage(connection, incidents[0].stage),
        customer=customer,
    )


def _customer(kind: str, profile: SyncProfile, once: str, **context: object) -> None:
    """Whoever asked for the profile, and all who may act on the connection."""
    requester = [profile.requested_by] if profile.requested_by else []
    connection = profile.connection
    mail_send_all(
        kind=kind,
        to=[*requester, *people.root_administrators(connection.customer)],
        once=once,
        context={"profile": profile, **context},
        link=_stage(connection, "smart_sync" if kind == "profile_approved" else "sync_profile"),
        customer=connection.customer,
    )


def _stage(connection: Connection, slug: str) -> str:
    return reverse("wizard:stage", args=[connection.pk, slug])


def handed(handover: Handover, token: Secret) -> None:
    """The guest, whose link it is."""
    mail_send(
        kind="handover",
        to=handover.email,
        once=f"handover:{handover.pk}:{token_hashed(token.reveal())[:16]}",
        context={"handover": handover},
        link=reverse("handover:link", args=[token.reveal()]),
        customer=handover.connection.customer,
    )
