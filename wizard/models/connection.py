from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from core.constraints import holds_path, json_object, json_texts, known_value
from intacct.catalogue import MODULES, RecordList, dimension_list
from wizard.models.handover import Guest, Handover, Visitor

# Entities and dimensions are shown, offered and checked by these names: see `company_facts.py`.
ODD_COMPANY = (
    '$ ? (exists(@.entities[*] ? (!(@.id.type() == "string" && @.name.type() == "string")))'
    ' || exists(@.dimensions[*] ? (!(@.object.type() == "string" && @.label.type() == "string")))'
    ' || @.entities.type() != "array" || @.dimensions.type() != "array")'
)


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def of_company(self, company_id: str | None) -> "ConnectionQuerySet":
        """Of any customer, in the order in which they are locked. Intacct ignores the case of a company ID."""
        return self.filter(company_id__iexact=company_id).order_by("pk")

    def visible_to(self, visitor: Visitor) -> "ConnectionQuerySet":
        if isinstance(visitor, Guest):
            return self.filter(pk=visitor.handover.connection_id)
        return self if visitor.is_beanworks else self.filter(customer=visitor.customer_id)

    def for_board(self) -> "ConnectionQuerySet":
        return self.select_related("customer", "customer__success_manager").order_by("stage_since")


class Connection(models.Model):
    """One Intacct company of one customer: its company ID, Web Services user and state.

    Its password is a `StoredSecret`. The fields from `stage` to `has_gaps`, and `broken_since`, are what the board
    shows and counts. Only `services.connection_refresh` sets them: it computes them from progress, findings, incidents
    and profiles.
    """

    class PermissionModel(models.TextChoices):
        ROLE = "role", _("Role-based")
        USER = "user", _("User-based")

    class MustAct(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        BEANWORKS = "beanworks", _("Beanworks")
        SAGE = "sage", _("Sage")
        NO_ONE = "no_one", _("No one")

    class Level(models.TextChoices):
        TOP = "top", _("Top level")
        ENTITY = "entity", _("One entity")

    class SignInBlock(models.TextChoices):
        REFUSED = "refused"
        UNREADABLE = "unreadable"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="connections")
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    # The user's answers in Pre-checks. Blank and None mean not answered.
    permission_model = models.CharField(max_length=10, choices=PermissionModel, blank=True)
    several_entities = models.BooleanField(null=True)
    # Slugs of intacct.catalogue.MODULES, without those that every company has. None: the user does not know them.
    modules = models.JSONField(null=True)

    company_id = models.CharField(max_length=80, blank=True)
    user_id = models.CharField(max_length=80, blank=True)
    # Verifications requested before this time used other credentials, so their findings no longer count.
    credentials_saved_at = models.DateTimeField(null=True)
    # Why sign-ins are blocked until a user acts, when Intacct refused the last one, and until when a worker has the
    # right to sign in: see `services.sign_ins`.
    sign_in_block = models.CharField(max_length=20, choices=SignInBlock, blank=True, default="", db_default="")
    sign_in_refused_at = models.DateTimeField(null=True)
    signing_in_until = models.DateTimeField(null=True)
    level = models.CharField(max_length=10, choices=Level, blank=True)
    entity_id = models.CharField(max_length=80, blank=True)
    # What Intacct reported about the company: entities, dimensions, applications, base currency …: `company_facts.py`.
    company = models.JSONField(default=dict)

    stage = models.CharField(max_length=40, default="pre_checks", db_index=True)
    stage_since = models.DateTimeField(default=timezone.now)
    must_act = models.CharField(max_length=20, choices=MustAct, default=MustAct.CUSTOMER)
    last_cause = models.CharField(max_length=60, blank=True)
    last_facts = models.JSONField(default=dict)
    # Over all its profiles: the end of the first complete full sync, and whether any newest sync is incomplete.
    first_synced_at = models.DateTimeField(null=True)
    has_gaps = models.BooleanField(default=False, db_default=False)
    # When the next daily verification is due. None until the connection is in use.
    next_check_at = models.DateTimeField(null=True, db_index=True)
    # Since when the oldest open incident exists.
    broken_since = models.DateTimeField(null=True)
    # Since when it is disconnected, and by whom: see `services.disconnection`. A trigger refuses a password then.
    disconnected_at = models.DateTimeField(null=True)
    disconnected_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            # Every claim of work looks for the other connections of the company: see `of_company`.
            models.Index(Upper("company_id"), name="connection_by_company")
        ]
        constraints: ClassVar = [
            known_value("connection_must_act_is_known", "must_act", ["customer", "beanworks", "sage", "no_one"]),
            json_texts("connection_modules_are_texts", "modules"),
            json_object("connection_last_facts_are_an_object", "last_facts"),
            json_object("company_is_an_object", "company"),
            models.CheckConstraint(condition=~holds_path("company", ODD_COMPANY), name="company_names_its_entities"),
            # Intacct ignores the case of a company ID.
            models.UniqueConstraint(
                "customer", Upper("company_id"), condition=~Q(company_id=""), name="company_once_per_customer"
            ),
            models.CheckConstraint(
                condition=Q(level__in=["", "top"], entity_id="") | (Q(level="entity") & ~Q(entity_id="")),
                name="level_known_and_entity_at_entity_level",
            ),
            models.CheckConstraint(
                condition=Q(sign_in_block__in=["", "refused", "unreadable"]), name="sign_in_block_known"
            ),
            models.CheckConstraint(
                condition=Q(permission_model__in=["", "role", "user"]), name="permission_model_known"
            ),
        ]

    def __str__(self) -> str:
        return self.company_id or f"{self.customer} (new)"

    @property
    def is_answered(self) -> bool:
        """Whether the questions in Pre-checks are answered."""
        return bool(self.permission_model)

    @property
    def is_live(self) -> bool:
        """Whether its first full sync is complete."""
        return self.first_synced_at is not None

    @property
    def dimension_lists(self) -> list[RecordList]:
        """The lists of the user-defined dimensions that Intacct reported. The first verification asks for them."""
        return [
            dimension_list(dimension["object"], dimension["label"] or dimension["object"])
            for dimension in self.company.get("dimensions", [])
        ]

    @property
    def can_be_disconnected(self) -> bool:
        return self.disconnected_at is None and self.credentials_saved_at is not None

    @property
    def module_names(self) -> list[str]:
        """The applications that a user selected in the first step."""
        names = {module.slug: gettext(module.name) for module in MODULES}
        return [names.get(slug, slug) for slug in self.modules or []]

    @property
    def lists_kept_until(self) -> datetime | None:
        """When the lists of a disconnected connection are removed."""
        return self.disconnected_at + timedelta(days=settings.ENDED_LISTS_DAYS) if self.disconnected_at else None

    @property
    def refusal(self) -> str:
        """An ID of the refusal that blocks sign-ins. A page sends it back, so an old page cannot unblock a new one."""
        return self.sign_in_refused_at.isoformat() if self.sign_in_refused_at else ""


class StageProgress(models.Model):
    """What users did in one stage of one connection. What Intacct reported about it is in the findings."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="progress")
    stage = models.CharField(max_length=40)
    # Keys are slugs of ticked tasks, values who ticked them and when: {"by": name, "at": ISO time}.
    ticks = models.JSONField(default=dict)
    # What was typed into the stage's form and not sent yet. Never contains a secret.
    draft = models.JSONField(default=dict)
    # When a user confirmed the step. Cleared if Intacct contradicts it; `reopened_at` is when that happened.
    attested_at = models.DateTimeField(null=True)
    attested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    attested_by_guest = models.ForeignKey(Handover, null=True, on_delete=models.SET_NULL, related_name="+")
    reopened_at = models.DateTimeField(null=True)
    # How often the form or its draft was saved, and from which page, by whom and when the last time: see `stage_edit`.
    version = models.PositiveIntegerField(default=0, db_default=0)
    edited_on = models.CharField(max_length=40, blank=True, default="", db_default="")
    edited_by = models.CharField(max_length=200, blank=True, default="", db_default="")
    edited_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "stage"], name="stage_once_per_connection"),
            json_object("stage_ticks_are_an_object", "ticks"),
            json_object("stage_draft_is_an_object", "draft"),
        ]

    def __str__(self) -> str:
        return f"{self.connection}: {self.stage}"

    @property
    def attested_name(self) -> str:
        if self.attested_by_guest:
            return self.attested_by_guest.guest.name
        return self.attested_by.name if self.attested_by else ""


class StoredSecret(models.Model):
    """A secret, encrypted by `core.encryption`. The envelope itself names its key."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="secrets")
    field = models.CharField(max_length=40)
    envelope = models.BinaryField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["connection", "field"], name="secret_once_per_connection_and_field")
        ]

    def __str__(self) -> str:
        return f"{self.field} of connection {self.connection_id}"
