"""The permission table: every row Beanworks asks for, grouped as in Intacct, with what Intacct says of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from intacct.catalogue import ALWAYS_SUBSCRIBED, LISTS, PERMISSIONS, Applies, Permission
from wizard.models import Connection, Outcome
from wizard.stages.findings import Row

# Rights that Intacct calls by these names need List beside them to have any effect.
NEED_LIST = {"View", "Add"}


@dataclass(frozen=True)
class Line:
    permission: Permission
    rows: Sequence[Row]
    not_used: str

    @property
    def rights(self) -> list[str]:
        """What to tick. The guide asks for View; Intacct itself says that View takes List."""
        asked = self.permission.rights
        return [*(["List"] if NEED_LIST & set(asked) and "List" not in asked else []), *asked]

    @property
    def suffers(self) -> list[str]:
        """The lists that stay empty without it."""
        slug = "items-inventory" if self.permission.any_of == "items" else self.permission.slug
        return [_(each.title) for each in LISTS if each.permission == slug]

    @property
    def missing(self) -> bool:
        return any(row.outcome == Outcome.FAILED for row in self.rows)

    @property
    def wanted(self) -> bool:
        """To be ticked as far as anybody knows: asked of Intacct and refused, or not asked yet."""
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
        Line(each, [row for row in rows if _proves(row.check.slug, each)], _not_used(connection, each))
        for each in PERMISSIONS
    ]


def by_module(shown: Iterable[Line]) -> list[ModuleLines]:
    grouped = groupby(shown, key=lambda line: line.permission.module)
    return [ModuleLines(_(module.name), list(members)) for module, members in grouped]


def missing_text(shown: Iterable[Line]) -> str:
    """For the Intacct administrator, to copy into a message."""
    parts = []
    for module in by_module(line for line in shown if line.wanted):
        parts.append(module.name)
        parts += [f"  - {line.permission.name}: {', '.join(line.rights)}" for line in module.lines]
    return "\n".join(parts)


def _proves(check: str, permission: Permission) -> bool:
    """Whether a check speaks of it: `perm.vendors`, `perm.bills.add`, `perm.items`, `perm.dimension.<object>`."""
    if permission.applies is Applies.USER_DEFINED_DIMENSIONS:
        return check.startswith("perm.dimension.")
    name = f"perm.{permission.any_of or permission.slug}"
    return check == name or check.startswith(f"{name}.")


def _not_used(connection: Connection, permission: Permission) -> str:
    """Why the company needs no tick here, by the answers given in Pre-checks; empty when it does."""
    module = permission.module
    if connection.modules is not None and module not in ALWAYS_SUBSCRIBED and module.slug not in connection.modules:
        return _("You said you do not use %(module)s.") % {"module": _(module.name)}
    if permission.applies is Applies.MULTI_ENTITY and connection.several_entities is False:
        return _("You said there is only one entity.")
    return ""
