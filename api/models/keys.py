"""API keys, and what is stored while other services use them."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User, is_suspended
from api.scopes import Scope
from core.constraints import one_dimension
from wizard.models import Connection


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> "ApiKeyQuerySet":
        unended = self.filter(revoked_at=None, expires_at__gt=timezone.now())
        return unended.exclude(is_suspended("customer"))

    def with_token(self, token_hash: str) -> "ApiKeyQuerySet":
        """The usable key with this token, or whose previous token it is while both work."""
        previous = Q(previous_token_hash=token_hash, previous_works_until__gt=timezone.now())
        return self.usable().filter(Q(token_hash=token_hash) | previous)

    def for_page(self) -> "ApiKeyQuerySet":
        return self.select_related("customer", "created_by").order_by(F("revoked_at").desc(nulls_first=True), "-pk")


class ApiKey(models.Model):
    """Lets another service of Beanworks use the API: for one customer, or for all of them if `customer` is empty.

    Only hashes of its tokens are stored. `token_start` helps users to recognize a token.
    """

    name = models.CharField(_("name"), max_length=60)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="api_keys")
    scopes = ArrayField(models.CharField(max_length=30, choices=Scope))
    token_hash = models.CharField(max_length=64, unique=True)
    token_start = models.CharField(max_length=12)
    # After a rotation, the old token works until this time.
    previous_token_hash = models.CharField(max_length=64, blank=True, default="", db_index=True)
    previous_works_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            one_dimension("api_key_scopes_are_one_list", "scopes"),
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values) & ~Q(scopes=[]), name="api_key_scopes_are_known"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_key_expires_after_creation"),
            models.CheckConstraint(
                condition=Q(previous_token_hash="", previous_works_until=None)
                | (~Q(previous_token_hash="") & Q(previous_works_until__isnull=False)),
                name="api_key_previous_token_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def has_any(self, *scopes: Scope) -> bool:
        return bool(set(self.scopes) & set(scopes))

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and not self.has_expired

    @property
    def scope_labels(self) -> list[str]:
        return [str(Scope(scope).label) for scope in self.scopes]


class KeyUse(models.Model):
    """How many requests a key sent in the minute that began at `minute`. Written by every request."""

    key = models.OneToOneField(ApiKey, primary_key=True, on_delete=models.CASCADE, related_name="use")
    minute = models.DateTimeField()
    requests = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.requests} requests of {self.key_id}"


class StoredResponse(models.Model):
    """The response to a POST that was done, so that the same POST is answered again and not done again.

    `fingerprint` covers the request. `body` is encrypted, since it may hold a link that signs a user in.
    """

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "idempotency_key"], name="one_response_per_idempotency_key"),
            models.CheckConstraint(condition=Q(status=None) | Q(status__range=(200, 299)), name="only_successes_stay"),
        ]

    def __str__(self) -> str:
        return f"{self.status} to {self.idempotency_key}"


class Arrival(models.Model):
    """A link with which a user of another service arrives here, signed in. It works once and for a short time."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    connection = models.ForeignKey(Connection, null=True, on_delete=models.CASCADE, related_name="+")
    return_url = models.CharField(max_length=500, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="arrival_expires_after_creation")
        ]

    def __str__(self) -> str:
        return f"arrival {self.pk}"
