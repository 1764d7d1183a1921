"""Customers and users. Roles decide what a user may do; org units decide for which legal entities."""

from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.external_ids import ExternalIdModel, external_id_once
from core.collation import Natural
from core.constraints import known_value
from core.folded_names import FoldedField
from core.text import clean_email
from core.time_zones import known_zone, zone_names, zone_of

KINDS = ("customer", "customer_success", "support")
DEFAULT_ZONE = "America/Vancouver"


def validate_time_zone(name: str) -> None:
    if name not in zone_names():
        raise ValidationError(_("%(name)s is not a known time zone."), params={"name": name})


class CustomerQuerySet(models.QuerySet["Customer"]):
    def visible_to(self, user: "User") -> "CustomerQuerySet":
        return self if user.is_beanworks else self.filter(users=user)


class Customer(ExternalIdModel):
    """A company that uses Beanworks: the tenant. `success_manager` is its contact at Beanworks.

    `contact_name`, `contact_email` and `contact_phone` are whom to ask there. `language` and `time_zone` are what its
    new users start with.
    """

    name = models.CharField(max_length=120, unique=True)
    name_folded = FoldedField("name", unique=True)
    contact_name = models.CharField(max_length=120, blank=True, default="", db_default="")
    contact_email = models.EmailField(blank=True, default="", db_default="")
    contact_phone = models.CharField(max_length=40, blank=True, default="", db_default="")
    language = models.CharField(max_length=10, default="en", db_default="en")
    time_zone = models.CharField(
        max_length=60, default=DEFAULT_ZONE, db_default=DEFAULT_ZONE, validators=[validate_time_zone]
    )
    success_manager = models.ForeignKey(
        "User", null=True, blank=True, on_delete=models.SET_NULL, related_name="managed_customers"
    )
    # Whether a user who comes from another service of Beanworks, and is not known here, is added on arrival.
    adds_users_on_arrival = models.BooleanField(default=False, db_default=False)
    # Since its deletion was confirmed: its users cannot sign in, its keys and links do not work, nothing is synced.
    suspended_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [external_id_once("customer_external_id_once")]
        indexes: ClassVar = [models.Index(Natural("name"), name="customer_natural_order")]

    def __str__(self) -> str:
        return self.name


def is_suspended(customer: str) -> Exists:
    """Whether a row's customer is suspended. customer: the path to its key.

    A subquery, because a join would let a query that locks rows lock the customer too.
    """
    return Exists(Customer.objects.filter(pk=OuterRef(customer), suspended_at__isnull=False))


ROOT_NAME = "Root Org Unit"


class OrgUnit(ExternalIdModel):
    """A node of a customer's tree. The one without a parent is the Root Org Unit."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="org_units")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    name = models.CharField(max_length=120)
    name_folded = FoldedField("name")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["customer", "name_folded"], name="org_unit_folded_name_once_per_customer"),
            models.UniqueConstraint(fields=["customer", "name"], name="org_unit_name_once_per_customer"),
            models.UniqueConstraint(fields=["customer"], condition=Q(parent=None), name="one_root_org_unit"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("pk")), name="org_unit_not_below_itself"),
            external_id_once("org_unit_external_id_once_per_customer", "customer"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_root(self) -> bool:
        return self.parent_id is None


class LegalEntityQuerySet(models.QuerySet["LegalEntity"]):
    def visible_to(self, user: "User") -> "LegalEntityQuerySet":
        """Return the legal entities at or under the user's org units; for Beanworks staff, all of them."""
        if user.is_beanworks:
            return self
        entities = self.filter(customer=user.customer_id)
        home = user.home_org_unit
        # Every org unit is at or below the root, so there is no need to read them all.
        return entities if home and home.is_root else entities.filter(org_unit__in=user.reachable_org_units())

    def open(self) -> "LegalEntityQuerySet":
        return self.filter(closed_at=None)


class LegalEntity(ExternalIdModel):
    """A company of the customer that has books of its own. It has one org unit.

    A closed one gets no new sync profile. What it has stays visible.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="legal_entities")
    org_unit = models.OneToOneField(OrgUnit, on_delete=models.PROTECT, related_name="legal_entity")
    name = models.CharField(max_length=120)
    name_folded = FoldedField("name")
    time_zone = models.CharField(max_length=60, default=DEFAULT_ZONE, validators=[validate_time_zone])
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = LegalEntityQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer", "name_folded"], name="legal_entity_folded_name_once_per_customer"
            ),
            models.UniqueConstraint(fields=["customer", "name"], name="legal_entity_name_once_per_customer"),
            external_id_once("legal_entity_external_id_once_per_customer", "customer"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.time_zone)


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: "User") -> "UserQuerySet":
        return self if user.is_beanworks else self.filter(customer=user.customer_id)

    def root_administrators(self) -> "UserQuerySet":
        """Return the active System Administrators at the Root Org Unit: those who may connect their customer."""
        return self.filter(is_active=True, home_org_unit__parent=None, roles__role=Role.SYSTEM_ADMINISTRATOR)


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=clean_email(email), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user


class User(ExternalIdModel, AbstractBaseUser):
    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        CUSTOMER_SUCCESS = "customer_success", _("Customer success")
        SUPPORT = "support", _("Support")

    email = models.EmailField(_("email address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CUSTOMER)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="users")
    home_org_unit = models.ForeignKey(OrgUnit, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    additional_org_units = models.ManyToManyField(OrgUnit, blank=True, related_name="+")
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=60, default=DEFAULT_ZONE, validators=[validate_time_zone])
    # Which of Intacct's menus they have: see `core.menus`.
    has_older_menu = models.BooleanField(default=False, db_default=False)
    is_active = models.BooleanField(default=True)
    # Since when they cannot sign in, by whom and why. Empty too for users deactivated by an earlier release.
    deactivated_at = models.DateTimeField(null=True, blank=True)
    deactivated_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    deactivation_reason = models.CharField(max_length=500, blank=True, default="", db_default="")
    # Sessions that began with another value have ended.
    session_epoch = models.PositiveIntegerField(default=0, db_default=0)
    # The user whose invitation they accepted. That user never decides a request of theirs.
    invited_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        constraints: ClassVar = [
            known_value("user_kind_is_known", "kind", KINDS),
            models.CheckConstraint(
                condition=Q(kind="customer", customer__isnull=False, home_org_unit__isnull=False)
                | (~Q(kind="customer") & Q(customer__isnull=True, home_org_unit__isnull=True)),
                name="customer_users_have_a_customer_and_a_home",
            ),
            # Sign-in looks an address up as `core.text.clean_email` writes it.
            models.CheckConstraint(condition=Q(email=Lower("email")), name="user_email_is_lower_case"),
            external_id_once("user_external_id_once_per_customer", "customer"),
            models.CheckConstraint(condition=Q(is_active=False) | Q(deactivated_at=None), name="active_or_deactivated"),
        ]

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Django compares this with the hash that a session began with. Without an epoch, it is Django's own."""
        own: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{own}:{self.session_epoch}" if self.session_epoch else own

    @property
    def is_beanworks(self) -> bool:
        return self.kind != self.Kind.CUSTOMER

    @property
    def is_support(self) -> bool:
        return self.kind == self.Kind.SUPPORT

    @property
    def zone(self) -> ZoneInfo:
        """The zone to show times in.

        If this machine does not know it, the zone of the legal entity at the home org unit.
        """
        return known_zone(self.time_zone) or zone_of(*self._home_zones())

    def _home_zones(self) -> list[str]:
        return list(LegalEntity.objects.filter(org_unit=self.home_org_unit_id).values_list("time_zone", flat=True))

    def role_names(self) -> frozenset[str]:
        """Read the roles from the database once for each user and request."""
        if not hasattr(self, "_role_names"):
            self._role_names = frozenset(self.roles.values_list("role", flat=True))
        return self._role_names

    def has_role(self, *roles: str) -> bool:
        return bool(self.role_names() & set(roles))

    def may_administer(self) -> bool:
        """Support administers all customers and users; System Administrators at the Root Org Unit their own company."""
        if self.is_beanworks:
            return self.is_support
        home = self.home_org_unit
        return home is not None and home.is_root and self.has_role(Role.SYSTEM_ADMINISTRATOR)

    def reachable_org_units(self) -> set[int]:
        """Return the home and additional org units, with all units below them."""
        children: dict[int | None, list[int]] = {}
        for pk, parent in OrgUnit.objects.filter(customer=self.customer).values_list("pk", "parent_id"):
            children.setdefault(parent, []).append(pk)
        reachable: set[int] = set()
        to_visit = [self.home_org_unit_id, *self.additional_org_units.values_list("pk", flat=True)]
        while to_visit:
            if (unit := to_visit.pop()) is not None and unit not in reachable:
                reachable.add(unit)
                to_visit += children.get(unit, [])
        return reachable


class Role(models.TextChoices):
    SYSTEM_ADMINISTRATOR = "system_administrator", _("System Administrator")
    INVOICE_ADMINISTRATOR = "invoice_administrator", _("Invoice Administrator")
    PO_ADMINISTRATOR = "po_administrator", _("PO Administrator")
    PAYMENT_ADMINISTRATOR = "payment_administrator", _("Payment Administrator")
    INVOICE_EXPORTER = "invoice_exporter", _("Invoice Exporter")


class RoleAssignment(models.Model):
    """One role of one user. A user with several roles has the rights of all of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(max_length=30, choices=Role)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "role"], name="role_once_per_user"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="role_is_known"),
        ]

    def __str__(self) -> str:
        return self.get_role_display()
