"""Create, replace and revoke API keys. A token is returned once; only its hash is stored."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from accounts.endings import Ending
from accounts.models import Customer, User
from api.models import ApiKey, WebhookEndpoint
from audit.services import event_record
from core.errors import Refused
from core.tokens import LinkToken

PREFIX = "bwc_"
"""Tools that search code for secrets recognize a token by it."""
SHOWN = 9
"""Characters of a token that are stored: the prefix, and five that tell tokens apart."""
OVERLAP = timedelta(days=1)
"""How long the old token works after a rotation."""


@transaction.atomic
def key_create(
    *, actor: User, name: str, customer: Customer | None, scopes: Sequence[str], expires_at: datetime
) -> tuple[ApiKey, LinkToken]:
    """Create a key. Returns it and its token."""
    token = _new_token()
    key = ApiKey.objects.create(
        name=name,
        customer=customer,
        scopes=list(scopes),
        expires_at=expires_at,
        created_by=actor,
        **_token_fields(token),
    )
    _record("api_key.created", key, actor, scopes=key.scopes)
    return key, token


@transaction.atomic
def key_rotate(*, key: ApiKey, actor: User) -> LinkToken:
    """Give the key a new token. The present one works for one more day."""
    key = lock_usable(key)
    token = _new_token()
    key.previous_token_hash, key.previous_works_until = key.token_hash, timezone.now() + OVERLAP
    for field, value in _token_fields(token).items():
        setattr(key, field, value)
    key.save()
    _record("api_key.rotated", key, actor)
    return token


@transaction.atomic
def key_revoke(*, key: ApiKey, actor: User | None) -> None:
    """End the key at once, with both its tokens, and disable its webhook endpoints."""
    locked = ApiKey.objects.select_for_update().filter(pk=key.pk, revoked_at=None).first()
    if locked is None:
        raise Refused(_("This key was already revoked."))
    key = locked
    key.revoked_at = timezone.now()
    key.save(update_fields=["revoked_at"])
    reason = WebhookEndpoint.DisabledReason.KEY_REVOKED
    endpoints = key.webhook_endpoints.enabled()
    # In the order in which workers lock them.
    list(endpoints.select_for_update(no_key=True).order_by("pk"))
    disabled = endpoints.update(disabled_at=key.revoked_at, disabled_reason=reason)
    _record("api_key.revoked", key, actor, webhook_endpoints=disabled)


def lock_usable(key: ApiKey) -> ApiKey:
    """Lock a key, so that it is not revoked before the caller's transaction ends. Raises Refused."""
    locked = ApiKey.objects.usable().select_for_update(of=["self"]).filter(pk=key.pk).first()
    if locked is None:
        raise Refused(_("This key was revoked or has expired."))
    return locked


def _keys_of(user: User) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(created_by=user, revoked_at=None)


def _revoke_keys(user: User, actor: User | None) -> None:
    for key in _keys_of(user):
        key_revoke(key=key, actor=actor)


# Who made a key has seen its token, so it ends with their access: see `accounts.endings`.
ENDING = Ending(
    ngettext_lazy("%(count)d API key they made is revoked", "%(count)d API keys they made are revoked", "count"),
    lambda user: _keys_of(user).count(),
    _revoke_keys,
)


def _new_token() -> LinkToken:
    return LinkToken(PREFIX + LinkToken.create().reveal())


def _token_fields(token: LinkToken) -> dict[str, str]:
    return {"token_hash": token.hash, "token_start": token.reveal()[:SHOWN]}


def _record(action: str, key: ApiKey, actor: User | None, **metadata: object) -> None:
    event_record(action=action, actor=actor, target=key, customer_id=key.customer_id, name=key.name, **metadata)
