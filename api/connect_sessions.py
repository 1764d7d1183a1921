"""Links that sign a user in once. Only the hash of their token is stored."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User, is_suspended
from accounts.services import refuse_suspended
from api.models import ApiKey, Arrival
from audit.services import event_record
from core.tokens import LinkToken
from wizard.models import Connection

VALID = timedelta(minutes=5)


@transaction.atomic
def arrival_create(
    *, key: ApiKey, user: User, connection: Connection | None, return_url: str
) -> tuple[Arrival, LinkToken]:
    """Create a link for a user of a customer. Returns its row and its token. Raises Refused."""
    refuse_suspended(user.customer_id)
    token = LinkToken.create()
    arrival = Arrival.objects.create(
        key=key,
        user=user,
        connection=connection,
        return_url=return_url,
        token_hash=token.hash,
        expires_at=timezone.now() + VALID,
    )
    event_record(action="arrival.created", actor=None, target=user, customer_id=user.customer_id, email=user.email)
    return arrival, token


@transaction.atomic
def arrival_use(token: LinkToken) -> Arrival | None:
    """Use up the link and return its row; None if it does not work. Of several requests, at most one succeeds.

    It never signs in a user who works for Beanworks or whose customer is suspended, and not with a key that was revoked
    since.
    """
    now = timezone.now()
    usable = Arrival.objects.exclude(is_suspended("user__customer")).filter(
        token_hash=token.hash,
        used_at=None,
        expires_at__gt=now,
        user__is_active=True,
        user__kind=User.Kind.CUSTOMER,
        key__in=ApiKey.objects.usable(),
    )
    arrival = usable.select_related("user", "key", "connection").first()
    if arrival is None or not Arrival.objects.filter(pk=arrival.pk, used_at=None).update(used_at=now):
        return None
    user = arrival.user
    event_record(action="arrival.used", actor=user, target=user, customer_id=user.customer_id, key=arrival.key.name)
    return arrival
