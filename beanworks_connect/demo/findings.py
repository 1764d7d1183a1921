"""What Intacct reported: the verifications of each connection, with a result for every check."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from beanworks_connect.demo.customers import Tenant
from beanworks_connect.demo.insertion import insert
from beanworks_connect.demo.times import ago
from core.leases import State
from intacct.catalogue import CUSTOM_FIELD, PERMISSION, SENDER_ID, USER_ID
from practice.demo import WRONG_FIELD
from wizard.models import Connection, Finding, Outcome, Verification
from wizard.stages import stage_checks


class Result(NamedTuple):
    outcome: Outcome
    cause: str = ""
    facts: Mapping[str, Any] = {}


Results = Mapping[str, Result]
PASSED, BLOCKED = Result(Outcome.PASSED), Result(Outcome.BLOCKED)
NOT_USED = Result(Outcome.NOT_APPLICABLE, "not_used")


def _not_reported(expected: str) -> Result:
    return Result(Outcome.CANNOT_TELL, "not_reported", {"user_id": USER_ID, "expected": expected})


def _permission(slug: str, outcome: Outcome, cause: str, rights: str = "") -> Result:
    row = PERMISSION[slug]
    facts = {"module": row.module.name, "permission": row.name, "rights": rights or ", ".join(row.boxes)}
    return Result(outcome, cause, facts)


def _missing(slug: str) -> Result:
    result = _permission(slug, Outcome.FAILED, "right_missing")
    said = f"You do not have permission for API operation QUERY on objects of type {PERMISSION[slug].object}"
    return result._replace(facts={**result.facts, "said": said})


def _refused(cause: str, said: str) -> Result:
    facts = {"said": said, "user_id": USER_ID, "sender_id": SENDER_ID, "layer": "authentication", "subject": "this"}
    return Result(Outcome.FAILED, cause, facts)


# Checks that do not pass although all is well.
USUAL = {
    "user_type": _not_reported("User Type Business"),
    "user_kind": _not_reported("Web Services user"),
    "admin_privileges": _not_reported("Admin Privileges Limited"),
    "perm.bills.add": _permission("bills", Outcome.CANNOT_TELL, "right_unproved", "Add"),
    "perm.pay-bills": _permission("pay-bills", Outcome.CANNOT_TELL, "right_unproved"),
    "custom_field_type": Result(Outcome.CANNOT_TELL, "field_type_untold"),
    "entity": NOT_USED,
}
# What a company with one entity, one currency and no contracts does not use.
NOT_USED_IN_SMALL_COMPANY = dict.fromkeys(
    ("perm.entities", "perm.contracts", "perm.exchange-rate", "perm.exchange-rate-types", "entities"), NOT_USED
)
FIELD = {
    "custom_field": Result(
        Outcome.FAILED,
        "field_id_wrong",
        {"found": WRONG_FIELD, "wanted": CUSTOM_FIELD.id, "description": CUSTOM_FIELD.description},
    ),
    "custom_field_type": BLOCKED,
}
ROLE = {"role": Result(Outcome.FAILED, "role_ineffective", {"user_id": USER_ID})}


@dataclass(frozen=True)
class Stop:
    """A mistake that stops the sign-in: the check that fails, how, and the checks that passed before it."""

    check: str
    result: Result
    passed: tuple[str, ...]

    @property
    def results(self) -> Results:
        return dict.fromkeys(self.passed, PASSED) | {self.check: self.result}


STOPS = {
    "company": Stop("company", _refused("unknown_company_or_sender", "Invalid Request"), ("gateway",)),
    "sender": Stop(
        "sender", _refused("sender_not_authorized", "Invalid Web Services Authorization"), ("gateway", "company")
    ),
    "password": Stop("sign_in", _refused("sign_in_refused", "Sign-in information is incorrect"), ("gateway",)),
}


def insert_verifications(tenants: Sequence[Tenant]) -> None:
    """Insert one verification for each time the connection was verified, with its findings, oldest first."""
    verified = [
        (_verification(tenant, at), tenant, mistakes)
        for tenant in tenants
        if tenant.story.mistakes is not None
        for at, mistakes in _times(tenant)
    ]
    verified.sort(key=lambda row: row[0].created_at)
    for verification, _tenant, mistakes in verified:
        verification.blocker = _blocker(mistakes)
    insert(verification for verification, _tenant, _mistakes in verified)
    insert(finding for verification, _tenant, mistakes in verified for finding in _findings(verification, mistakes))


def _times(tenant: Tenant) -> Iterator[tuple[datetime, Sequence[str]]]:
    """When the connection was verified, and what was wrong then. In use, it is verified daily; two days are enough."""
    story = tenant.story
    mistakes = story.mistakes or ()
    yield ago(story.credentials_days, minutes=9), () if story.is_in_use else mistakes
    if story.is_in_use:
        yield ago(3), ()
        yield story.since if mistakes else ago(1, minutes=30), mistakes


def _verification(tenant: Tenant, at: datetime) -> Verification:
    return Verification(
        connection=tenant.connection,
        requested_by=None,
        state=State.DONE,
        attempts=1,
        created_at=at,
        started_at=at,
        finished_at=at,
    )


def _blocker(mistakes: Sequence[str]) -> str:
    stop = next((STOPS[mistake].check for mistake in mistakes if mistake in STOPS), "")
    return stop or ("role" if "role" in mistakes else "")


def _findings(verification: Verification, mistakes: Sequence[str]) -> Iterator[Finding]:
    connection = verification.connection
    results = _results(connection, mistakes)
    for position, (stage, check) in enumerate(stage_checks(connection.company)):
        result = results.get(check.slug, _default(check.slug, mistakes))
        yield Finding(
            verification=verification,
            check_slug=check.slug,
            stage=stage.slug,
            position=position,
            outcome=result.outcome,
            cause=result.cause,
            facts=dict(result.facts) | ({"company_id": connection.company_id} if result.facts else {}),
            at=verification.created_at,
        )


def _results(connection: Connection, mistakes: Sequence[str]) -> Results:
    """The results that are not the default, by the slug of the check."""
    if stop := next((STOPS[mistake] for mistake in mistakes if mistake in STOPS), None):
        return stop.results
    if "role" in mistakes:
        return {slug: result for slug, result in USUAL.items() if not slug.startswith("perm.")} | ROLE
    missing = {f"perm.{slug}": _missing(slug) for slug in mistakes if slug in PERMISSION}
    small = {} if connection.company["multi_entity"] else NOT_USED_IN_SMALL_COMPANY
    return USUAL | small | (FIELD if "field" in mistakes else {}) | missing


def _default(slug: str, mistakes: Sequence[str]) -> Result:
    is_stopped = any(mistake in STOPS for mistake in mistakes) or ("role" in mistakes and slug.startswith("perm."))
    return BLOCKED if is_stopped else PASSED
