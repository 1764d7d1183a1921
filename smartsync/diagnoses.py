"""Why a list failed, as a cause with its facts: `ListRun` stores them, and pages explain them in words."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from intacct.catalogue import ALWAYS_SUBSCRIBED, PERMISSION, Permission
from intacct.diagnoses import diagnose, facts
from intacct.errors import FunctionError, IntacctError, NotSubscribed, ObjectUnknown, PermissionDenied
from smartsync.models import ListRun, SyncRun
from wizard.diagnoses import cause_of
from wizard.explanations import Explanation
from wizard.explanations import explain as wizard_explain
from wizard.models import Finding, Outcome, dimension_check, permission_check

NOT_SUBSCRIBED = diagnose(NotSubscribed()).cause
PERMISSION_MISSING = diagnose(PermissionDenied()).cause
LIST_UNUSED = "list_unused"


def cause_and_facts(run: SyncRun, error: IntacctError) -> tuple[str, dict[str, Any]]:
    """The cause of the error, and the facts for its explanation."""
    profile = run.profile
    context = {
        "company_id": profile.connection.company_id,
        "user_id": profile.connection.user_id,
        "sender_id": settings.INTACCT_SENDER_ID,
        "entity_id": profile.entity_id,
    }
    return cause_of(error), dict(facts(error, **context))


def not_applicable_because(list_run: ListRun, error: FunctionError) -> str:
    """The cause why this company does not have the list, or "" if it should have it.

    If the company has not subscribed to the application, Intacct may also report an unknown object or a missing
    permission. The last verification then has the true reason, unless it is older than the choice to use the list.
    """
    row = PERMISSION[list_run.record_list.permission]
    if isinstance(error, NotSubscribed) or (isinstance(error, ObjectUnknown) and row.module not in ALWAYS_SUBSCRIBED):
        return NOT_SUBSCRIBED
    finding = (
        Finding.objects.current(list_run.run.profile.connection)
        .filter(check_slug=_check(row, list_run), outcome=Outcome.NOT_APPLICABLE)
        .exclude(cause=LIST_UNUSED)
        .first()
    )
    return (finding.cause or NOT_SUBSCRIBED) if finding else ""


def _check(row: Permission, list_run: ListRun) -> str:
    """The slug of the check of this permission, as `wizard` names it."""
    if row.slug == "user-defined-dimensions":
        return dimension_check(list_run.object)
    return permission_check(row)


@dataclass(frozen=True)
class MissingRight:
    """A list that Intacct refused, in the words of the check of its permission."""

    facts: dict[str, Any]
    cause: str = "right_missing"


def explain(troubled: ListRun | SyncRun) -> Explanation | None:
    """The explanation in the user's language, or None if there is nothing to explain."""
    if isinstance(troubled, ListRun) and troubled.cause == PERMISSION_MISSING:
        return wizard_explain(MissingRight({**troubled.facts, **_right(troubled)}))
    return wizard_explain(troubled) if troubled.cause else None


def _right(list_run: ListRun) -> dict[str, str]:
    row = PERMISSION[list_run.record_list.permission]
    return {"module": row.module.name, "permission": row.name, "rights": ", ".join(row.boxes)}
