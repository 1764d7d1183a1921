"""The permission table: every row that Beanworks needs, grouped as in Intacct, with its results."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from intacct.catalogue import ALWAYS_SUBSCRIBED, LISTS, PERMISSIONS, Applies, Permission
from wizard.models import Connection, Outcome, dimension_check, permission_check
from wizard.pages.findings import Row


@dataclass(frozen=True)
class Line:
    permission: Permission
    rows: Sequence[Row]
    not_used: str

    @property
    def rights(self) -> tuple[str, ...]:
        return self.permission.boxes

    @property
    def suffers(self) -> list[str]:
        """Titles of the lists that stay empty without this permission."""
        slug = "items-inventory" if self.permission.any_of == "items" else self.permission.slug
        return [_(record_list.title) for record_list in LISTS if record_list.permission == slug]

    @property
    def missing(self) -> bool:
        return any(row.outcome == Outcome.FAILED for row in self.rows)

    @property
    def wanted(self) -> bool:
        """Whether to tick it, as far as we know: Intacct refused it, or was not asked yet."""
        answers = {row.outcome for row in self.rows} - {Outcome.BLOCKED}
        return self.missing if answers else not self.not_used


@dataclass(frozen=True)
class ModuleLines:
    name: str
    lines: Sequence[Line]

    @property
    def missing(self) -> int:
        return sum(line.missing for line in self.lines)


def lines(connection: Connection, rows: Iterable[Row]) -> list[Line]:
    rows = list(rows)
    return [
        Line(
            permission,
            [row for row in rows if _belongs_to(row.check.slug, permission)],
            _reason_not_used(connection, permission),
        )
        for permission in PERMISSIONS
    ]


def by_module(shown: Iterable[Line]) -> list[ModuleLines]:
    grouped = groupby(shown, key=lambda line: line.permission.module)
    return [ModuleLines(_(module.name), list(members)) for module, members in grouped]


def missing_text(shown: Iterable[Line]) -> str:
    """A list of missing permissions to copy into a message to an Intacct administrator."""
    parts = []
    for module in by_module(line for line in shown if line.wanted):
        parts.append(module.name)
        parts += [f"  - {line.permission.name}: {', '.join(line.rights)}" for line in module.lines]
    return "\n".join(parts)


def _belongs_to(check: str, permission: Permission) -> bool:
    """Whether a check is for it. Slugs: `perm.vendors`, `perm.bills.add`, `perm.items`, `perm.dimension.<object>`."""
    if permission.applies is Applies.USER_DEFINED_DIMENSIONS:
        return check.startswith(dimension_check(""))
    name = permission_check(permission)
    return check == name or check.startswith(f"{name}.")


def _reason_not_used(connection: Connection, permission: Permission) -> str:
    """Why the company does not need this permission; empty if it needs it. What Intacct reported comes first."""
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
