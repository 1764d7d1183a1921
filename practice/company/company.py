"""The company: its state, and every action a user can do in it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from intacct import catalogue
from practice.company.behavior import Behavior, Formatting
from practice.company.parts import (
    CustomField,
    Dimension,
    Entity,
    Mail,
    Refused,
    Rights,
    Role,
    SenderAuthorization,
    User,
)
from practice.policies import ADMIN_PRIVILEGES, POLICIES, STATUSES, USER_TYPES, Policy, dimension_policy

ADMINISTRATOR = "admin"
PERMISSION_MODELS = ("role", "user")
AUTHORIZATION_STATUSES = ("Active", "Inactive")


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
    term_labels: dict[str, str] = field(default_factory=dict)  # renamed dimensions, by object
    faults: list[dict[str, Any]] = field(default_factory=list)
    seed: int = 1
    sizes: dict[str, int] = field(default_factory=dict)
    journal: list[dict[str, Any]] = field(default_factory=list)
    started: str = "2026-01-05"

    # State

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

    def preferences(self) -> dict[str, dict[str, str]]:
        """Return preferences by application. T is documented; F for the opposite is inferred."""
        truths = {True: "T", False: "F"}
        return {
            "GEN": {"COUNTRY": "US", "PERMISSION_MODEL": self.permission_model.upper()},
            "ME": {"MULTIENTITY": truths[self.multi_entity], "MULTICURRENCY": truths[self.multi_currency]},
        }

    # Actions

    def web_services_set(self, on: bool) -> None:
        self.web_services_on = on

    def subscription_set(self, module: str, on: bool) -> None:
        if module not in {application.slug for application in catalogue.MODULES}:
            raise Refused(f"There is no application named {module}.")
        (self.subscriptions.add if on else self.subscriptions.discard)(module)

    def permission_model_set(self, model: str) -> None:
        _one_of("Permission type", model, PERMISSION_MODELS, "permission_model")
        self.permission_model = model

    def user_add(self, user_id: str, *, password: str = "", **values: Any) -> User:
        """Add a user. Without a password, one is generated and sent to the user's mailbox, as in Intacct."""
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.@-]{0,39}", user_id):
            raise Refused("A user ID can have up to 40 letters, digits, dots, hyphens or underscores.", "user_id")
        if user_id in self.users:
            raise Refused(f"User ID {user_id} is already in use.", "user_id")
        user = check_user(replace(User(user_id), **values))
        self.users[user_id] = user
        self.password_set(user_id, password)
        return user

    def user_edit(self, user_id: str, **values: Any) -> User:
        self.users[user_id] = check_user(replace(self._user(user_id), **values))
        return self.users[user_id]

    def user_delete(self, user_id: str) -> None:
        if user_id == ADMINISTRATOR:
            raise Refused("The company's administrator cannot be deleted.")
        self.users.pop(self._user(user_id).user_id)
        self.user_rights.pop(user_id, None)

    def password_set(self, user_id: str, password: str = "") -> str:
        """Set the given password, or email a generated one to the mailbox. Return the password."""
        user = self._user(user_id)
        user.password = password or secrets.token_urlsafe(12)
        if not password:
            self._mail(
                user.email,
                f"Your sign-in information for {self.name}",
                f"Company ID: {self.id}\nUser ID: {user.user_id}\nPassword: {user.password}",
            )
        return user.password

    def role_add(self, name: str, description: str = "") -> Role:
        self._role_name_free(name)
        self.roles[name] = Role(name, description)
        return self.roles[name]

    def role_edit(self, name: str, *, new_name: str, description: str = "") -> Role:
        role = self._role(name)
        if new_name != name:
            self._role_name_free(new_name)
        self.roles.pop(name)
        self.roles[new_name] = replace(role, name=new_name, description=description)
        for user in self.users.values():
            user.roles = [new_name if role == name else role for role in user.roles]
        return self.roles[new_name]

    def role_delete(self, name: str) -> None:
        self.roles.pop(self._role(name).name)
        for user in self.users.values():
            user.roles = [role for role in user.roles if role != name]

    def role_rights_set(self, name: str, rights: Mapping[str, set[str]]) -> None:
        """Replace the rights of a role. Rows of applications without a subscription stay unchanged."""
        role = self._role(name)
        role.rights = self._merge_rights(role.rights, rights)

    def user_rights_set(self, user_id: str, rights: Mapping[str, set[str]]) -> None:
        """Replace the rights of a user, for a company with user-based permissions."""
        self.user_rights[user_id] = self._merge_rights(self.user_rights.get(self._user(user_id).user_id, {}), rights)

    def authorization_add(self, sender_id: str, description: str = "", status: str = "Active") -> None:
        self.authorizations_set([*self.authorizations, SenderAuthorization(sender_id, description, status)])

    def authorizations_set(self, rows: list[SenderAuthorization]) -> None:
        """Replace the whole list, because its page is saved as a whole."""
        for at, row in enumerate(rows):
            if not row.sender_id.strip():
                raise Refused("Enter a sender ID.", "sender_id")
            if row.sender_id in {earlier.sender_id for earlier in rows[:at]}:
                raise Refused(f"Sender ID {row.sender_id} is already in the list.", "sender_id")
            _one_of("Status", row.status, AUTHORIZATION_STATUSES, "status")
        self.authorizations = rows

    def authorization_delete(self, sender_id: str) -> None:
        self.authorizations = [
            authorization for authorization in self.authorizations if authorization.sender_id != sender_id
        ]

    def entity_add(self, entity_id: str, name: str, currency: str = "USD") -> None:
        if not self.multi_entity:
            raise Refused("This company has a single entity.")
        if not entity_id.strip() or self.entity(entity_id):
            raise Refused("Enter an entity ID that is not in use.", "entity_id")
        self.entities.append(Entity(entity_id, name, currency))

    def entity_status_set(self, entity_id: str, status: str) -> None:
        entity = self.entity(entity_id)
        if not entity:
            raise Refused(f"There is no entity {entity_id}.")
        entity.status = status

    def custom_field_add(self, custom_field: CustomField) -> None:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", custom_field.id):
            raise Refused(
                "A field ID must start with a letter and can have up to 40 letters, digits or underscores.", "field_id"
            )
        if any(
            (field.object, field.id.upper()) == (custom_field.object, custom_field.id.upper())
            for field in self.custom_fields
        ):
            raise Refused(f"{custom_field.object} already has a field {custom_field.id}.", "field_id")
        self.custom_fields.append(custom_field)

    def custom_fields_add(self, custom_fields: list[CustomField]) -> None:
        """Add all fields, or none if one is refused."""
        before = [*self.custom_fields]
        try:
            for field in custom_fields:
                self.custom_field_add(field)
        except Refused:
            self.custom_fields = before
            raise

    def custom_field(self, object_name: str, field_id: str) -> CustomField | None:
        wanted = (object_name, field_id)
        return next((field for field in self.custom_fields if (field.object, field.id) == wanted), None)

    def custom_field_edit(self, object_name: str, field_id: str, *, label: str, description: str) -> None:
        """Change a field. Its ID and data type cannot change after creation."""
        custom_field = self.custom_field(object_name, field_id)
        if not custom_field:
            raise Refused(f"{object_name} has no field {field_id}.")
        edited = replace(custom_field, label=label, description=description)
        self.custom_fields = [edited if field is custom_field else field for field in self.custom_fields]

    def custom_field_delete(self, object_name: str, field_id: str) -> None:
        self.custom_fields = [
            field for field in self.custom_fields if (field.object, field.id) != (object_name, field_id)
        ]

    def dimension_add(self, object_name: str, label: str) -> None:
        # Intacct accepts names that are not valid XML names: GLDIMBuild/Disassemble_Kits_Transaction_Detail
        # (github.com/intacct/intacct-sdk-net/issues/22).
        if not object_name.isprintable() or not 0 < len(object_name.strip()) <= 80 or set(object_name) & set("<>&"):
            raise Refused("An object name can have up to 80 characters, except <, > and &.", "object_name")
        if any(dimension.object == object_name for dimension in self.dimensions):
            raise Refused(f"A dimension {object_name} already exists.", "object_name")
        self.dimensions.append(Dimension(object_name, label))

    # Helpers

    def _user(self, user_id: str) -> User:
        if user_id not in self.users:
            raise Refused(f"There is no user {user_id}.")
        return self.users[user_id]

    def _role(self, name: str) -> Role:
        if name not in self.roles:
            raise Refused(f"There is no role {name}.")
        return self.roles[name]

    def _role_name_free(self, name: str) -> None:
        if not name.strip(" .") or "/" in name or len(name) > 80 or not name.isprintable():
            raise Refused("Enter a role name of up to 80 characters, without a slash.", "name")
        if name in self.roles:
            raise Refused(f"A role named {name} already exists.", "name")

    def _merge_rights(self, old: Rights, new: Mapping[str, set[str]]) -> Rights:
        rows = {row.slug: row for row in self.policies()}
        kept = {slug: ticks for slug, ticks in old.items() if slug not in rows}
        ticked = {slug: set(new[slug]) & set(row.rights) for slug, row in rows.items() if slug in new}
        return kept | {slug: ticks for slug, ticks in ticked.items() if ticks}

    def _mail(self, to: str, subject: str, text: str) -> None:
        self.mailbox.insert(0, Mail(to, subject, text, datetime.now(UTC).isoformat(timespec="seconds")))


def _one_of(label: str, value: str, choices: tuple[str, ...], field: str) -> None:
    if value not in choices:
        raise Refused(f"{label}: select one of {', '.join(choices)}.", field)


def check_user(user: User) -> User:
    _one_of("User type", user.user_type, USER_TYPES, "user_type")
    _one_of("Admin privileges", user.admin_privileges, ADMIN_PRIVILEGES, "admin_privileges")
    _one_of("Status", user.status, STATUSES, "status")
    if user.admin_privileges != "Off" and user.user_type != "Business":
        raise Refused("Only a Business user can have admin privileges.", "admin_privileges")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", user.email):
        raise Refused("Enter an email address with a mailbox you can open.", "email")
    return user
