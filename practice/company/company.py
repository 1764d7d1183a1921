"""The state of one practice company, and what follows from it. The modules beside this one change it."""

from dataclasses import dataclass, field
from typing import Any

from intacct import catalogue
from practice.company.behavior import Behavior, Formatting
from practice.company.bill_rules import BillRules
from practice.company.parts import (
    CustomField,
    Dimension,
    Entity,
    Mail,
    Rights,
    Role,
    SenderAuthorization,
    User,
)
from practice.policies import POLICIES, Policy, dimension_policy


@dataclass
class Company:
    """A company. Its records are generated from `seed` and `sizes` (records by object); `journal` has the changes."""

    id: str
    name: str
    permission_model: str = "role"
    multi_entity: bool = True
    multi_currency: bool = True
    web_services_on: bool = False
    expired: bool = False
    # Subscriptions → Multi-Entity Management → Configure → Restrict access to top level only.
    top_level_only: bool = False
    ip_filter: bool = False  # True: our address is not in the company's list of allowed addresses
    status: str = "active"
    base_currency: str = "USD"
    subscriptions: set[str] = field(default_factory=set)
    users: dict[str, User] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    user_rights: dict[str, Rights] = field(default_factory=dict)
    authorizations: list[SenderAuthorization] = field(default_factory=list)
    entities: list[Entity] = field(default_factory=list)
    custom_fields: list[CustomField] = field(default_factory=list)
    dimensions: list[Dimension] = field(default_factory=list)
    mailbox: list[Mail] = field(default_factory=list)
    formatting: Formatting = field(default_factory=Formatting)
    behavior: Behavior = field(default_factory=Behavior)
    bill_rules: BillRules = field(default_factory=BillRules)
    term_labels: dict[str, str] = field(default_factory=dict)  # renamed dimensions, by object
    faults: list[dict[str, Any]] = field(default_factory=list)
    seed: int = 1
    sizes: dict[str, int] = field(default_factory=dict)
    journal: list[dict[str, Any]] = field(default_factory=list)
    used_control_ids: list[str] = field(default_factory=list)  # of functions that changed records
    started: str = "2026-01-05"

    def policies(self) -> list[Policy]:
        """Return every row of this company's permissions screen."""
        rows = [row for row in POLICIES if self.is_subscribed(row.module)]
        return rows + [dimension_policy(dimension.object, dimension.label) for dimension in self.dimensions]

    def is_subscribed(self, module: str) -> bool:
        return module in self.subscriptions or module in {module.slug for module in catalogue.ALWAYS_SUBSCRIBED}

    def rights_of(self, user: User) -> Rights:
        """Return the user's rights by policy slug, from roles or user rights, for the subscribed applications."""
        given = (
            [self.roles[name].rights for name in user.roles if name in self.roles]
            if self.permission_model == "role"
            else [self.user_rights.get(user.user_id, {})]
        )
        merged: Rights = {}
        for rights in given:
            for slug, ticks in rights.items():
                merged.setdefault(slug, set()).update(ticks)
        shown = {row.slug for row in self.policies()}
        return {slug: ticks for slug, ticks in merged.items() if slug in shown and ticks}

    def authorization(self, sender_id: str) -> SenderAuthorization | None:
        return next(
            (authorization for authorization in self.authorizations if authorization.sender_id == sender_id), None
        )

    def entity(self, entity_id: str) -> Entity | None:
        return next((entity for entity in self.entities if entity.id == entity_id), None)

    def entities_of(self, user: User) -> list[Entity]:
        """Return the entities this user can use: none with top-level-only access (reported by Fyle and Codat)."""
        if self.top_level_only:
            return []
        active = [entity for entity in self.entities if entity.status == "active"]
        return [entity for entity in active if not user.entities or entity.id in user.entities]

    def custom_field(self, object_name: str, field_id: str) -> CustomField | None:
        wanted = (object_name, field_id)
        return next((field for field in self.custom_fields if (field.object, field.id) == wanted), None)

    def preferences(self) -> dict[str, dict[str, str]]:
        """Return preferences by application. T is documented; F for the opposite is inferred."""
        truths = {True: "T", False: "F"}
        return {
            "GEN": {"COUNTRY": "US", "PERMISSION_MODEL": self.permission_model.upper()},
            "ME": {"MULTIENTITY": truths[self.multi_entity], "MULTICURRENCY": truths[self.multi_currency]},
        }
