"""Record in the audit log what users do with their sign-in. allauth reports it by signals."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth import user_logged_in
from django.db.models.signals import post_save
from django.dispatch import Signal

from accounts.email_addresses import store_proved_address, store_saved_address
from accounts.models import User
from accounts.session_lifetime import store_session_start
from audit.services import event_record

EVENTS: dict[str, Signal] = {
    "user.signed_in": account.user_logged_in,
    "password.changed": account.password_changed,
    "password.reset": account.password_reset,
    "second_factor.added": mfa.authenticator_added,
    "second_factor.removed": mfa.authenticator_removed,
    "second_factor.renewed": mfa.authenticator_reset,
    "second_factor.refused": mfa.authentication_failed,
}
ACTIONS = {id(signal): action for action, signal in EVENTS.items()}


def record(signal: Signal, user: User, **details: Any) -> None:
    action = ACTIONS[id(signal)]
    kind = {"kind": details["authenticator"].type} if "authenticator" in details else {}
    event_record(action=action, actor=user, target=user, customer_id=user.customer_id, **kind)


def connect() -> None:
    user_logged_in.connect(store_session_start, dispatch_uid="session")
    post_save.connect(store_saved_address, sender=User, dispatch_uid="saved address")
    account.password_reset.connect(store_proved_address, dispatch_uid="proved address")
    for action, signal in EVENTS.items():
        signal.connect(record, dispatch_uid=action)
