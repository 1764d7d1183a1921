"""The permission sheet: what to select in the role, grouped as in Intacct. Page, printed sheet and text share it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from intacct.catalogue import ALWAYS_SUBSCRIBED, MODULES, PERMISSIONS, Applies, Module, Permission
from intacct.list_dependencies import is_needed, lists_of
from wizard.models import Connection, SyncProfile, permission_check


@dataclass(frozen=True)
class Line:
    """One permission, or several, any one of them enough. `reason` says why it is not needed, or is empty."""

    permissions: Sequence[Permission]
    reason: str
    is_checked: bool

    @property
    def permission(self) -> Permission:
        return self.permissions[0]

    @property
    def slug(self) -> str:
        return permission_check(self.permission)

    @property
    def module(self) -> Module:
        return self.permission.module

    @property
    def name(self) -> str:
        if len(self.permissions) == 1:
            return self.permission.name
        modules = ", ".join(_(permission.module.name) for permission in self.permissions)
        return _("%(permission)s (in any one of %(modules)s)") % {
            "permission": self.permission.name,
            "modules": modules,
        }

    @property
    def rights(self) -> tuple[str, ...]:
        return self.permission.boxes

    @property
    def lists(self) -> list[str]:
        """Titles of the lists that stay empty without this permission."""
        return [_(record_list.title) for record_list in lists_of(self.permission)]


@dataclass(frozen=True)
class ModuleLines:
    module: Module
    lines: Sequence[Line]

    @property
    def name(self) -> str:
        return _(self.module.name)

    @property
    def checked(self) -> int:
        return sum(line.is_checked for line in self.lines)


@dataclass(frozen=True)
class Sheet:
    lines: Sequence[Line]

    @property
    def needed(self) -> list[Line]:
        return [line for line in self.lines if not line.reason]

    @property
    def not_needed(self) -> list[Line]:
        return [line for line in self.lines if line.reason]

    @property
    def modules(self) -> list[ModuleLines]:
        """The lines that are needed, in the order of Intacct's page."""
        lines = sorted(self.needed, key=lambda line: MODULES.index(line.module))
        return [ModuleLines(module, list(group)) for module, group in groupby(lines, key=lambda line: line.module)]

    @property
    def text(self) -> str:
        """The sheet to copy into a message to an Intacct administrator."""
        parts = []
        for module in self.modules:
            parts += [module.name, *(f"  - {line.name}: {', '.join(line.rights)}" for line in module.lines)]
        return "\n".join(parts)


def sheet_of(connection: Connection, checked: Collection[str]) -> Sheet:
    unused = SyncProfile.objects.unused_lists(connection)
    requirements: dict[str, list[Permission]] = defaultdict(list)
    for permission in PERMISSIONS:
        requirements[permission_check(permission)].append(permission)
    return Sheet(
        [_line(connection, permissions, unused, slug in checked) for slug, permissions in requirements.items()]
    )


def _line(connection: Connection, permissions: Sequence[Permission], unused: Collection[str], is_checked: bool) -> Line:
    reasons = {permission: _reason_not_needed(connection, permission, unused) for permission in permissions}
    needed = [permission for permission in permissions if not reasons[permission]]
    return Line(needed or permissions, "" if needed else reasons[permissions[0]], is_checked)


def _reason_not_needed(connection: Connection, permission: Permission, unused: Collection[str]) -> str:
    """Why the company does not need this permission; empty if it needs it. What Intacct reported comes first."""
    reason = _reason_not_used(connection, permission)
    if not reason and not is_needed(permission, unused, connection.dimension_lists):
        return _("No list in use needs it.")
    return reason


def _reason_not_used(connection: Connection, permission: Permission) -> str:
    module, company = permission.module, connection.company
    facts = {"module": _(module.name)}
    if module not in ALWAYS_SUBSCRIBED:
        codes, answered = company.get("applications"), connection.modules
        if codes is not None:
            if module.code not in codes:
                return _("Intacct reports that your company does not subscribe to %(module)s.") % facts
        elif answered is not None and module.slug not in answered:
            return _("You answered that you do not use %(module)s.") % facts
    if permission.applies is Applies.MULTI_CURRENCY and company.get("multi_currency") is False:
        return _("Intacct reports that your company uses one currency.")
    if permission.applies is Applies.MULTI_ENTITY:
        return _reason_single_entity(connection)
    return ""


def _reason_single_entity(connection: Connection) -> str:
    reported = connection.company.get("multi_entity")
    if reported is False:
        return _("Intacct reports that your company has one entity.")
    if reported is None and connection.several_entities is False:
        return _("You answered that there is only one entity.")
    return ""
