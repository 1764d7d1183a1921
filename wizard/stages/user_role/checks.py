"""One question for each permission row. Rows that form one requirement (Items) are asked once."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from intacct import errors as e
from intacct import filters, functions, setup_replies
from intacct.catalogue import (
    ALWAYS_SUBSCRIBED,
    PERMISSIONS,
    ROLE_NAME,
    Applies,
    Module,
    Permission,
    RecordList,
    dimension_list,
)
from intacct.list_dependencies import is_needed
from intacct.reply import Data
from intacct.request import Function
from wizard.models import Outcome, dimension_check, permission_check
from wizard.verification.check import Answer, Answers, Check, Company

# For rows that form one requirement, only the first is asked.
_FIRST = {row.any_of or row.slug: row for row in reversed(PERMISSIONS)}
PROBED = tuple(row for row in PERMISSIONS if row.object and _FIRST[row.any_of or row.slug] is row)
SUBSCRIPTIONS = next(row for row in PERMISSIONS if row.function)
DIMENSIONS = next(row for row in PERMISSIONS if row.applies is Applies.USER_DEFINED_DIMENSIONS)


def checks(company: Company) -> Sequence[Check]:
    return (*_fixed_checks(), *(_dimension_check(dimension) for dimension in company.get("dimensions", [])))


@cache  # lists of connections need these for each connection
def _fixed_checks() -> Sequence[Check]:
    return (
        Check("role", _("The role takes effect"), role, _roles),
        Check("user_type", _("User type is Business"), user_type, _user),
        Check("user_kind", _("The user is a Web Services user"), user_kind, _kind),
        Check("admin_privileges", _("Admin privileges are Limited"), admin_privileges, _restriction),
        Check(
            permission_check(SUBSCRIPTIONS), _title(SUBSCRIPTIONS), partial(permission, SUBSCRIPTIONS, "applications")
        ),
        *(check for row in PROBED for check in _row_checks(row)),
    )


def _title(row: Permission) -> str:
    return f"{row.module.name}: {row.name}"


def _row_checks(row: Permission) -> Sequence[Check]:
    name, read_only = permission_check(row), set(row.rights) - set(row.unproved)
    asks = partial(_probe, name, row.object or "", "RECORDNO")
    if not read_only:
        title = format_lazy("{}: {}", _title(row), ", ".join(row.unproved))
        return (Check(name, title, partial(unproved, row), asks),)
    seen = Check(name, _title(row), partial(permission, row, name), asks)
    extra = (
        Check(f"{name}.{right.lower()}", format_lazy("{}: {}", _title(row), right), partial(unproved, row))
        for right in row.unproved
    )
    return (seen, *extra)


def _dimension_check(dimension: dict[str, str]) -> Check:
    record_list = dimension_list(dimension["object"], dimension["label"])
    name = dimension_check(record_list.object)
    asks = partial(_probe, name, record_list.object, record_list.key)
    return Check(name, record_list.title, partial(permission, DIMENSIONS, name, dimension=record_list), asks)


def _probe(name: str, object: str, key: str, answers: Answers) -> Sequence[Function]:
    return (functions.query(object, [key], page_size=1).with_id(name),)


def _user(answers: Answers) -> Sequence[Function]:
    where = filters.eq("LOGINID", answers.user_id)
    return (functions.query("USERINFO", ["LOGINID", "USERTYPE"], where=where, page_size=1).with_id("user"),)


def _kind(answers: Answers) -> Sequence[Function]:
    """Ask for the kind separately from the type: a company without this field can then still answer the other."""
    where = filters.eq("LOGINID", answers.user_id)
    return (functions.query("USERINFO", ["LOGINID", "LOGINDISABLED"], where=where, page_size=1).with_id("kind"),)


def _restriction(answers: Answers) -> Sequence[Function]:
    where = filters.eq("LOGINID", answers.user_id)
    return (functions.query("USERRESTRICTION", ["LOGINID", "ADMIN"], where=where, page_size=1).with_id("restriction"),)


def _roles(answers: Answers) -> Sequence[Function]:
    where = filters.eq("USERLOGINID", answers.user_id)
    return (functions.query("ROLEUSERS", ["ROLENAME"], where=where, page_size=100).with_id("roles"),)


def permission(row: Permission, call: str, answers: Answers, *, dimension: RecordList | None = None) -> Answer:
    """Judge a permission to read: passed if the list was read, failed if Intacct refused it and it is needed.

    It is not needed if the company does not use it, or if no list in use needs it. In all other cases the answer is
    unknown: in doubt, a check does not pass. `dimension`: the user-defined dimension that it is about.
    """
    if _has_no_effect(answers):
        return Answer(Outcome.BLOCKED)
    error = answers.failure(call)
    if error is None:
        return Answer(Outcome.PASSED) if answers.data(call) is not None else Answer(Outcome.BLOCKED)
    if not is_needed(row, answers.unused_lists, [dimension] if dimension else ()):
        return Answer(Outcome.NOT_APPLICABLE, "list_unused")
    if isinstance(error, e.PermissionDenied | e.NotSubscribed | e.ObjectUnknown) and _is_unused(row, error, answers):
        return Answer(Outcome.NOT_APPLICABLE, "not_used")
    if isinstance(error, e.PermissionDenied):
        refused = answers.diagnosis(Outcome.FAILED, error, **_text_facts(row, answers))
        return replace(refused, cause="subscriptions_unread" if row is SUBSCRIPTIONS else "right_missing")
    return answers.diagnosis(Outcome.CANNOT_TELL, error)


def unproved(row: Permission, answers: Answers) -> Answer:
    """Judge rights that reading a list cannot verify, by Intacct's list of permissions, if the user may read that."""
    name = permission_check(row)
    read = permission(row, name, answers)
    if read.outcome != Outcome.PASSED:
        return read if row.unproved == row.rights else Answer(Outcome.BLOCKED)
    facts = _text_facts(row, answers) | {"rights": ", ".join(row.unproved)}
    data = answers.data("permissions")
    granted = _granted_rights(row, data) if data else None
    if granted is None:
        return Answer(Outcome.CANNOT_TELL, "right_unproved", facts)
    if {setup_replies.normal(right) for right in row.unproved} <= {setup_replies.normal(right) for right in granted}:
        return Answer(Outcome.PASSED)
    return Answer(Outcome.FAILED, "right_missing", facts)


def _granted_rights(row: Permission, data: Data) -> frozenset[str] | None:
    wanted = (setup_replies.normal(row.module.name), setup_replies.normal(row.name))
    return setup_replies.permissions(data).get(wanted)


def role(answers: Answers) -> Answer:
    """Judge the role: passed if one list was read. If none was, and not all were refused, the answer is unknown."""
    if any(answers.data(name) is not None for name in _required_lists()):
        return Answer(Outcome.PASSED, facts=_role_facts(answers))
    if not _has_no_effect(answers):
        errors = [error for name in _required_lists() if (error := answers.failure(name))]
        unread = next((error for error in errors if not isinstance(error, e.PermissionDenied)), None)
        return answers.diagnosis(Outcome.CANNOT_TELL, unread) if unread else Answer(Outcome.BLOCKED)
    data = answers.data("roles")
    if data is None:
        return Answer(Outcome.FAILED, "role_ineffective", _user_facts(answers))
    cause = "role_ineffective" if ROLE_NAME in _role_names(data) else "role_unassigned"
    return Answer(Outcome.FAILED, cause, _user_facts(answers))


def _role_facts(answers: Answers) -> dict[str, str]:
    """The roles of the user, if the user may read them: a test bill counts until they change."""
    data = answers.data("roles")
    return {} if data is None else {"roles": ", ".join(sorted(_role_names(data)))}


def _role_names(data: Data) -> list[str]:
    return [record.get("ROLENAME", "") for record in data.records]


def _has_no_effect(answers: Answers) -> bool:
    """Whether Intacct refuses every list that all companies have. Then the role is missing, not thirty permissions."""
    return all(isinstance(answers.failure(name), e.PermissionDenied) for name in _required_lists())


def _required_lists() -> list[str]:
    """Names of the checks of lists that every company has."""
    return [
        permission_check(row) for row in PROBED if row.module in ALWAYS_SUBSCRIBED and row.applies is Applies.ALWAYS
    ]


def _is_unused(row: Permission, error: e.IntacctError, answers: Answers) -> bool:
    """Whether the company does not use the row, as Intacct reports, or else as the user answered in Pre-checks."""
    company, connection = answers.company, answers.connection
    if row.applies is Applies.MULTI_CURRENCY and company.get("multi_currency") is False:
        return True
    if row.applies is Applies.MULTI_ENTITY and company.get("multi_entity", connection.several_entities) is False:
        return True
    absent = not _subscribed_modules(row, answers)
    if isinstance(error, e.PermissionDenied) or row.any_of:
        return absent
    return absent or row.module not in ALWAYS_SUBSCRIBED


def _subscribed_modules(row: Permission, answers: Answers) -> list[Module]:
    """The subscribed applications that contain the row. In doubt, an application counts as subscribed."""
    offering = [other.module for other in PERMISSIONS if other is row or (row.any_of and other.any_of == row.any_of)]
    codes, slugs = answers.company.get("applications"), answers.connection.modules
    if codes is not None:
        return [module for module in offering if module in ALWAYS_SUBSCRIBED or module.code in codes]
    if slugs is not None:
        return [module for module in offering if module in ALWAYS_SUBSCRIBED or module.slug in slugs]
    return offering


def _text_facts(row: Permission, answers: Answers) -> dict[str, str]:
    modules = _subscribed_modules(row, answers) or [row.module]
    return {
        "module": " / ".join(module.name for module in modules),
        "permission": row.name,
        "rights": ", ".join(row.boxes),
        "user_id": answers.user_id,
    }


def user_type(answers: Answers) -> Answer:
    return _judge_field(answers, "user", "USERTYPE", "business", "user_type_wrong", "User Type Business")


def user_kind(answers: Answers) -> Answer:
    """A user who can also sign in on screen works, but the password expires and 2-step verification applies."""
    answer = _judge_field(answers, "kind", "LOGINDISABLED", "true", "user_kind_regular", "Web Services user")
    return replace(answer, outcome=Outcome.CANNOT_TELL) if answer.outcome == Outcome.FAILED else answer


def admin_privileges(answers: Answers) -> Answer:
    """More than Limited works as well, so it passes with a note."""
    answer = _judge_field(
        answers, "restriction", "ADMIN", "limited", "admin_privileges_wrong", "Admin Privileges Limited"
    )
    if str(answer.facts.get("found", "")).lower() == "full":
        return Answer(Outcome.PASSED, "admin_privileges_full", _user_facts(answers))
    return answer


def _judge_field(answers: Answers, call: str, field: str, wanted: str, cause: str, expected: str) -> Answer:
    data = answers.data(call)
    found = data.records[0].get(field, "") if data and data.records else ""
    if not found:
        return Answer(Outcome.CANNOT_TELL, "not_reported", _user_facts(answers) | {"expected": expected})
    if found.lower().startswith(wanted):
        return Answer(Outcome.PASSED)
    return Answer(Outcome.FAILED, cause, _user_facts(answers) | {"found": found})


def _user_facts(answers: Answers) -> dict[str, str]:
    return {"user_id": answers.user_id}
