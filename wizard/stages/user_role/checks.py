"""One question for each permission row; rows that are one requirement (Items) are asked about once."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from intacct import errors as e
from intacct import filters, functions, records
from intacct.catalogue import (
    ALWAYS_SUBSCRIBED,
    PERMISSIONS,
    ROLE_NAME,
    Applies,
    Module,
    Permission,
    dimension_list,
)
from intacct.reply import Data
from intacct.request import Function
from wizard.ladder import Answers
from wizard.models import Connection, Outcome, dimension_check
from wizard.stage import Answer, Check

# Of rows that are one requirement, the first is asked about.
_FIRST = {row.any_of or row.slug: row for row in reversed(PERMISSIONS)}
PROBED = tuple(row for row in PERMISSIONS if row.object and _FIRST[row.any_of or row.slug] is row)
SUBSCRIPTIONS = next(row for row in PERMISSIONS if row.function)
DIMENSIONS = next(row for row in PERMISSIONS if row.applies is Applies.USER_DEFINED_DIMENSIONS)


def checks(connection: Connection) -> Sequence[Check]:
    return (
        Check("role", _("The role takes effect"), role, _roles),
        Check("user_type", _("User type is Business"), user_type, _user),
        Check("user_kind", _("The user is a Web Services user"), user_kind, _kind),
        Check("admin_privileges", _("Admin privileges are Limited"), admin_privileges, _restriction),
        Check(f"perm.{SUBSCRIPTIONS.slug}", _title(SUBSCRIPTIONS), partial(permission, SUBSCRIPTIONS, "applications")),
        *(check for row in PROBED for check in _row_checks(row)),
        *(_dimension_check(each) for each in connection.company.get("dimensions", [])),
    )


def _title(row: Permission) -> str:
    return f"{row.module.name}: {row.name}"


def _name(row: Permission) -> str:
    return f"perm.{row.any_of or row.slug}"


def _row_checks(row: Permission) -> Sequence[Check]:
    name, read_only = _name(row), set(row.rights) - set(row.unproved)
    asks = partial(_probe, name, row.object or "", "RECORDNO")
    if not read_only:
        return (Check(name, _title(row), partial(unproved, row), asks),)
    seen = Check(name, _title(row), partial(permission, row, name), asks)
    extra = (
        Check(f"{name}.{right.lower()}", format_lazy("{}: {}", _title(row), right), partial(unproved, row))
        for right in row.unproved
    )
    return (seen, *extra)


def _dimension_check(dimension: dict[str, str]) -> Check:
    each = dimension_list(dimension["object"], dimension["label"])
    name = dimension_check(each.object)
    return Check(name, each.title, partial(permission, DIMENSIONS, name), partial(_probe, name, each.object, each.key))


def _probe(name: str, object: str, key: str, connection: Connection) -> Sequence[Function]:
    return (functions.query(object, [key], page_size=1).with_id(name),)


def _user(connection: Connection) -> Sequence[Function]:
    where = filters.eq("LOGINID", connection.user_id)
    return (functions.query("USERINFO", ["LOGINID", "USERTYPE"], where=where, page_size=1).with_id("user"),)


def _kind(connection: Connection) -> Sequence[Function]:
    """Apart from the user's type: a company whose users lack this field still tells the other."""
    where = filters.eq("LOGINID", connection.user_id)
    return (functions.query("USERINFO", ["LOGINID", "LOGINDISABLED"], where=where, page_size=1).with_id("kind"),)


def _restriction(connection: Connection) -> Sequence[Function]:
    where = filters.eq("LOGINID", connection.user_id)
    return (functions.query("USERRESTRICTION", ["LOGINID", "ADMIN"], where=where, page_size=1).with_id("restriction"),)


def _roles(connection: Connection) -> Sequence[Function]:
    where = filters.eq("USERLOGINID", connection.user_id)
    return (functions.query("ROLEUSERS", ["ROLENAME"], where=where, page_size=100).with_id("roles"),)


def permission(row: Permission, call: str, answers: Answers) -> Answer:
    """Read: passed. Refused: missing, unless the company has no use for it. Anything else: on doubt never passed."""
    if _ineffective(answers):
        return Answer(Outcome.BLOCKED)
    error = answers.failure(call)
    if error is None:
        return Answer(Outcome.PASSED) if answers.data(call) is not None else Answer(Outcome.BLOCKED)
    if isinstance(error, e.PermissionDenied | e.NotSubscribed | e.ObjectUnknown) and _unused(row, error, answers):
        return Answer(Outcome.NOT_APPLICABLE, "not_used")
    if isinstance(error, e.PermissionDenied):
        refused = answers.diagnosed(Outcome.FAILED, error, **_words(row, answers))
        return replace(refused, cause="subscriptions_unread" if row is SUBSCRIPTIONS else "right_missing")
    return answers.diagnosed(Outcome.CANNOT_TELL, error)


def unproved(row: Permission, answers: Answers) -> Answer:
    """Rights that reading cannot prove: told by the list of permissions, where that may be read."""
    name = _name(row)
    probed = permission(row, name, answers)
    if probed.outcome != Outcome.PASSED:
        return probed if row.unproved == row.rights else Answer(Outcome.BLOCKED)
    facts = _words(row, answers) | {"rights": ", ".join(row.unproved)}
    data = answers.data("permissions")
    granted = _granted(row, data) if data else None
    if granted is None:
        return Answer(Outcome.CANNOT_TELL, "right_unproved", facts)
    if {records.normal(right) for right in row.unproved} <= {records.normal(right) for right in granted}:
        return Answer(Outcome.PASSED)
    return Answer(Outcome.FAILED, "right_missing", facts)


def _granted(row: Permission, data: Data) -> frozenset[str] | None:
    wanted = (records.normal(row.module.name), records.normal(row.name))
    return records.permissions(data).get(wanted)


def role(answers: Answers) -> Answer:
    """Passed once a list was read. Where none was and not every one is refused, the rest could not be read."""
    if any(answers.data(name) is not None for name in _sure()):
        return Answer(Outcome.PASSED)
    if not _ineffective(answers):
        errors = [error for name in _sure() if (error := answers.failure(name))]
        unread = next((error for error in errors if not isinstance(error, e.PermissionDenied)), None)
        return answers.diagnosed(Outcome.CANNOT_TELL, unread) if unread else Answer(Outcome.BLOCKED)
    data = answers.data("roles")
    if data is None:
        return Answer(Outcome.FAILED, "role_ineffective", _who(answers))
    names = [record.get("ROLENAME", "") for record in data.records]
    return Answer(Outcome.FAILED, "role_ineffective" if ROLE_NAME in names else "role_unassigned", _who(answers))


def _ineffective(answers: Answers) -> bool:
    """Every list of an application that every company has is refused: not thirty ticks are missing, but the role."""
    return all(isinstance(answers.failure(name), e.PermissionDenied) for name in _sure())


def _sure() -> list[str]:
    """The questions about lists that every company has."""
    return [_name(row) for row in PROBED if row.module in ALWAYS_SUBSCRIBED and row.applies is Applies.ALWAYS]


def _unused(row: Permission, error: e.IntacctError, answers: Answers) -> bool:
    """Whether the company has no use for the row: by what Intacct tells, or else by what the person told."""
    company, told = answers.company, answers.connection
    if row.applies is Applies.MULTI_CURRENCY and company.get("multi_currency") is False:
        return True
    if row.applies is Applies.MULTI_ENTITY and company.get("multi_entity", told.several_entities) is False:
        return True
    absent = not _subscribed(row, answers)
    if isinstance(error, e.PermissionDenied) or row.any_of:
        return absent
    return absent or row.module not in ALWAYS_SUBSCRIBED


def _subscribed(row: Permission, answers: Answers) -> list[Module]:
    """The applications that offer the row and are on; on doubt they are."""
    offering = [each.module for each in PERMISSIONS if each is row or (row.any_of and each.any_of == row.any_of)]
    codes, told = answers.company.get("applications"), answers.connection.modules
    if codes is not None:
        return [each for each in offering if each in ALWAYS_SUBSCRIBED or each.code in codes]
    if told is not None:
        return [each for each in offering if each in ALWAYS_SUBSCRIBED or each.slug in told]
    return offering


def _words(row: Permission, answers: Answers) -> dict[str, str]:
    modules = _subscribed(row, answers) or [row.module]
    return {
        "module": " / ".join(each.name for each in modules),
        "permission": row.name,
        "rights": ", ".join(row.rights),
    }


def user_type(answers: Answers) -> Answer:
    return _told(answers, "user", "USERTYPE", "business", "user_type_wrong", "User Type Business")


def user_kind(answers: Answers) -> Answer:
    """A user who can also sign in on screen works, but its password expires and 2-step verification applies to it."""
    told = _told(answers, "kind", "LOGINDISABLED", "true", "user_kind_regular", "Web Services user")
    return replace(told, outcome=Outcome.CANNOT_TELL) if told.outcome == Outcome.FAILED else told


def admin_privileges(answers: Answers) -> Answer:
    """More than Limited works as well: passed, with a note."""
    told = _told(answers, "restriction", "ADMIN", "limited", "admin_privileges_wrong", "Admin Privileges Limited")
    if str(told.facts.get("found", "")).lower() == "full":
        return Answer(Outcome.PASSED, "admin_privileges_full", _who(answers))
    return told


def _told(answers: Answers, call: str, field: str, wanted: str, cause: str, expected: str) -> Answer:
    data = answers.data(call)
    found = data.records[0].get(field, "") if data and data.records else ""
    if not found:
        return Answer(Outcome.CANNOT_TELL, "not_told", _who(answers) | {"expected": expected})
    if found.lower().startswith(wanted):
        return Answer(Outcome.PASSED)
    return Answer(Outcome.FAILED, cause, _who(answers) | {"found": found})


def _who(answers: Answers) -> dict[str, str]:
    return {"user_id": answers.connection.user_id}
