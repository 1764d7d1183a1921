from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models.users import KINDS, Customer, OrgUnit, Role, User, is_suspended
from core.constraints import known_value, one_dimension
from core.text import Words


def _inviter_may_administer() -> Q:
    """Whether the inviter may still invite, by the rule of `User.may_administer`.

    The first support users have no inviter: a command invites them.
    """
    inviter = User.objects.filter(pk=OuterRef("invited_by"))
    support = inviter.filter(kind=User.Kind.SUPPORT, is_active=True)
    administrators = inviter.root_administrators().filter(customer=OuterRef("customer"))
    return Q(invited_by=None, customer=None) | Q(Exists(support)) | Q(Exists(administrators))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> "InvitationQuerySet":
        """Support sees all invitations; a user who may invite sees those of their own customer."""
        return self if user.is_support else self.filter(customer__users=user)

    def open(self) -> "InvitationQuerySet":
        """Return those that were neither accepted nor revoked. They may have expired."""
        return self.filter(accepted_at=None, revoked_at=None)

    def of_inviters(self) -> "InvitationQuerySet":
        """Return those whose inviter may still invite."""
        return self.filter(_inviter_may_administer())

    def usable(self) -> "InvitationQuerySet":
        """Return those that can be accepted. An invitation stops working when its inviter loses the right to invite."""
        usable = self.open().of_inviters().filter(expires_at__gt=timezone.now())
        return usable.exclude(is_suspended("customer"))

    def with_token(self, token_hash: str) -> "InvitationQuerySet":
        return self.usable().filter(token_hash=token_hash)

    def for_users_page(self) -> "InvitationQuerySet":
        with_right = self.open().annotate(has_inviter=ExpressionWrapper(_inviter_may_administer(), BooleanField()))
        return with_right.select_related("invited_by").order_by("-created_at", "-pk")


class Invitation(models.Model):
    """A person who may become a user: with what role, where, and until when.

    Only a hash of the link's token is stored.
    """

    email = models.EmailField()
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=User.Kind, default=User.Kind.CUSTOMER)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="invitations")
    home_org_unit = models.ForeignKey(OrgUnit, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    roles = ArrayField(models.CharField(max_length=30, choices=Role), default=list)
    language = models.CharField(max_length=10, default="en")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            known_value("invitation_kind_is_known", "kind", KINDS),
            one_dimension("invitation_roles_are_one_list", "roles"),
            # Each customer has its own invitation: a customer must not learn about another's.
            models.UniqueConstraint(
                fields=["email", "customer"],
                condition=Q(accepted_at=None, revoked_at=None),
                nulls_distinct=False,
                name="one_open_invitation_per_address_and_customer",
            ),
            models.CheckConstraint(condition=Q(email=Lower("email")), name="invitation_email_is_lower_case"),
            models.CheckConstraint(
                condition=Q(kind="customer", customer__isnull=False, home_org_unit__isnull=False)
                | (~Q(kind="customer") & Q(customer__isnull=True, home_org_unit__isnull=True)),
                name="invited_customer_users_have_a_customer_and_a_home",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="invitation_by_time")]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    @property
    def role_labels(self) -> list[Words]:
        if self.customer_id is None:
            return [User.Kind(self.kind).label]
        return [Role(role).label for role in self.roles]

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()
