"""The secrets that sign webhooks: created, replaced with an overlap, and used. Stored encrypted, shown once."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from secrets import token_bytes

from django.db.models import Q
from django.utils import timezone
from standardwebhooks import Webhook

from api.models import WebhookEndpoint, WebhookEvent, WebhookSecret
from core.encryption import Undecryptable, decrypt, encrypt, rewrap
from core.rewrapping import rewrap_rows
from core.tokens import LinkToken

OVERLAP = timedelta(days=1)
"""How long the old secret signs too after a rotation."""


def secret_create(endpoint: WebhookEndpoint) -> LinkToken:
    """Save a new secret in the caller's transaction, which has locked the endpoint. The present one ends in a day.

    One that cannot be decrypted ends at once: no request could be signed while it counts. Returns the new secret in the
    form of Standard Webhooks.
    """
    endpoint.secrets.filter(expires_at__isnull=False).delete()
    for present in endpoint.secrets.all():
        try:
            decrypt(bytes(present.envelope), _place(endpoint.pk))
        except Undecryptable:
            present.delete()
    endpoint.secrets.update(expires_at=timezone.now() + OVERLAP)
    secret = LinkToken("whsec_" + b64encode(token_bytes(32)).decode())
    WebhookSecret.objects.create(endpoint=endpoint, envelope=encrypt(secret.reveal().encode(), _place(endpoint.pk)))
    return secret


def working_secrets(endpoints: Collection[WebhookEndpoint]) -> dict[int, list[WebhookSecret]]:
    """Return the secrets that sign now, by endpoint. The newest first: a receiver then checks that one first."""
    secrets = defaultdict(list)
    works = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    for secret in WebhookSecret.objects.filter(works, endpoint__in=endpoints).order_by("-pk"):
        secrets[secret.endpoint_id].append(secret)
    return secrets


def signed_headers(event: WebhookEvent, secrets: Iterable[WebhookSecret]) -> dict[str, str]:
    """Return the headers that Standard Webhooks asks for, with a signature by each secret. Raises Undecryptable."""
    now = datetime.now(UTC)
    signatures = [
        Webhook(decrypt(bytes(row.envelope), _place(row.endpoint_id)).decode()).sign(event.name, now, event.body)
        for row in secrets
    ]
    return {
        "webhook-id": event.name,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def secrets_rewrap() -> tuple[int, int]:
    """Wrap every secret by the current key. Returns how many were changed, and how many cannot be decrypted."""
    return rewrap_rows(WebhookSecret.objects.all(), _rewrap)


def _rewrap(row: WebhookSecret) -> bool:
    before = bytes(row.envelope)
    row.envelope = rewrap(before, _place(row.endpoint_id))
    row.save(update_fields=["envelope"])
    return bool(row.envelope != before)


def _place(endpoint_pk: int) -> bytes:
    """Return what an envelope is bound to, so that no one can move a secret to another endpoint."""
    return f"secret of webhook endpoint {endpoint_pk}".encode()
