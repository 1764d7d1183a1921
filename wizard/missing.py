"""The missing list: what must still be fixed or confirmed before a connection works.

Pages, emails and texts to copy show this list, so a problem has the same words everywhere and is shown once. It is
computed from the newest findings and the open incidents, in the language in use.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import chain

from django.db.models import F
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.isolated_text import isolate_in_text
from core.links import absolute_url
from core.text import Words
from intacct.diagnosis import Place, Who
from wizard.diagnoses import ADVICE
from wizard.explanations import Explanation, diagnosis_of, explain
from wizard.models import PROBLEM_OUTCOMES, Confirmation, Connection, Finding, Incident, Outcome
from wizard.models.verification import GATEWAY, SIGN_IN_CHECKS
from wizard.stages import STAGES, SYNC_STAGE, check_titles, known_stage
from wizard.stages.stage import Stage
from wizard.verification.secrets import SecretUnreadable

FIXED_BY: Mapping[Who, Words] = {
    Who.CUSTOMER_ADMINISTRATOR: _("You can fix this"),
    Who.INTACCT_ADMINISTRATOR: _("An Intacct administrator needs to fix this"),
    Who.BEANWORKS: _("Beanworks needs to fix this"),
    Who.SAGE: _("Sage needs to fix this"),
}
FIXED_BY_FOR_GUESTS = {**FIXED_BY, Who.INTACCT_ADMINISTRATOR: _("You can fix this in Intacct")}
"""A guest got the steps by a handover, as an Intacct administrator."""
FIXED_BY_FOR_STAFF: Mapping[Who, Words] = {
    Who.CUSTOMER_ADMINISTRATOR: _("The customer fixes this"),
    Who.INTACCT_ADMINISTRATOR: _("The customer’s Intacct administrator fixes this"),
    Who.BEANWORKS: _("Beanworks fixes this"),
    Who.SAGE: _("Sage fixes this"),
    Who.NO_ONE: _("The customer confirms this"),
}


class Kind(Enum):
    """FAILED must be fixed, and ADVICE can be. WAITING could not be checked this time. TO_CONFIRM needs a look."""

    FAILED = "failed"
    WAITING = "waiting"
    TO_CONFIRM = "to_confirm"
    ADVICE = "advice"


@dataclass(frozen=True)
class MissingItem:
    """What one action fixes: one failed check or incident, or several with the same cause, place and steps.

    place: the page in Intacct. values: what to enter or select there, as label and text.
    checks: slug and title of the checks that it covers; none for an incident that is not a check.
    """

    kind: Kind
    stage: Stage
    url: str
    cause: str
    headline: str
    explanation: Explanation
    values: tuple[tuple[str, str], ...]
    checks: tuple[tuple[str, Words], ...]
    since: datetime
    last_passed_at: datetime | None

    @property
    def code(self) -> str:
        return self.explanation.code

    @property
    def who(self) -> Who:
        return self.explanation.who

    @property
    def fixed_by(self) -> Words:
        return FIXED_BY.get(self.who, "")

    @property
    def fixed_by_for_guests(self) -> Words:
        return FIXED_BY_FOR_GUESTS.get(self.who, "")

    @property
    def fixed_by_for_staff(self) -> Words:
        """Who fixes it, for a reader who works for Beanworks."""
        return FIXED_BY_FOR_STAFF[self.who]

    @property
    def place(self) -> Place | None:
        return self.explanation.place

    @property
    def instructions(self) -> Sequence[str]:
        return self.explanation.instructions

    @property
    def link(self) -> str:
        """The URL for a text that leaves the site."""
        return absolute_url(self.url)


def missing_list(connection: Connection) -> list[MissingItem]:
    """Return what must be fixed, then what could not be checked, what a user has to confirm, and what is only advised.

    What was confirmed is not missing.
    """
    return problems_of(connection).items()


def missing_lists(
    connections: Sequence[Connection], incidents: Mapping[int, Sequence[Incident]]
) -> dict[int, list[MissingItem]]:
    """Return the list of each connection by its key, with three queries for all of them. `incidents`: the open ones."""
    return {pk: problems.items() for pk, problems in problems_of_each(connections, incidents).items()}


@dataclass(frozen=True)
class Problems:
    """What is wrong with a connection, as it is stored: findings that no user has confirmed, and open incidents."""

    connection: Connection
    findings: Sequence[Finding]
    incidents: Sequence[Incident]

    def items(self) -> list[MissingItem]:
        """Return the missing list, in words of the active language."""
        return missing_items(self.connection, self.findings, self.incidents)

    def failed(self) -> list[MissingItem]:
        """Return what must be fixed. The rest of the list can be confirmed by eye, waits or is advice."""
        return [item for item in self.items() if item.kind is Kind.FAILED]


def problems_of(connection: Connection) -> Problems:
    return problems_of_each([connection], Incident.objects.open_of_each([connection]))[connection.pk]


def problems_of_each(
    connections: Sequence[Connection], incidents: Mapping[int, Sequence[Incident]]
) -> dict[int, Problems]:
    """Return the problems of each connection by its key. `incidents`: the open ones, of those that have any.

    The findings are chosen in the database: most have passed, and reading them took two thirds of the time.
    """
    findings = defaultdict(list)
    # Nothing of a disconnected connection can be fixed or checked.
    connected = [connection for connection in connections if connection.disconnected_at is None]
    current = Finding.objects.current_of_each(connected).values("pk")
    problems = Finding.objects.filter(pk__in=current, outcome__in=PROBLEM_OUTCOMES)
    rows = list(problems.annotate(connection_pk=F("verification__connection")))
    confirmed = _confirmed_checks(connections) if any(finding.is_confirmable for finding in rows) else set()
    for finding in rows:
        pk = finding.connection_pk  # type: ignore[attr-defined]  # annotated
        if not (finding.is_confirmable and (pk, finding.check_slug) in confirmed):
            findings[pk].append(finding)
    return {
        connection.pk: Problems(connection, findings[connection.pk], incidents.get(connection.pk, ()))
        for connection in connections
    }


def _confirmed_checks(connections: Sequence[Connection]) -> set[tuple[int, str]]:
    return set(Confirmation.objects.of_current_user(*connections).values_list("connection", "check_slug"))


def missing_items(
    connection: Connection, findings: Iterable[Finding], incidents: Sequence[Incident]
) -> list[MissingItem]:
    """Return the list for what was read already: findings that no user has confirmed, and open incidents."""
    problems = sorted(
        (finding for finding in findings if finding.outcome in PROBLEM_OUTCOMES), key=lambda finding: finding.position
    )
    known = {finding.check_slug for finding in problems}
    others = [incident for incident in incidents if incident.check_slug not in known]
    rows: list[Finding | Incident] = [*problems, *others]
    return _grouped(connection, _stopping(rows) or rows, {incident.check_slug: incident for incident in incidents})


def missing_text(items: Sequence[MissingItem], button: str = "", *, staff: bool = False) -> str:
    """Return the list as plain text, for an email or to copy.

    `button`: where the button of the email leads. `staff`: the reader works for Beanworks.
    """
    context = {"items": items, "is_linked": all(item.url == button for item in items), "staff": staff}
    return isolate_in_text(render_to_string("components/missing_list.txt", context).strip())


def _stopping(rows: Iterable[Finding | Incident]) -> list[Finding | Incident]:
    """The problem that stops everything else, if there is one: the newest, but Intacct itself being down comes last."""
    stopping = [row for row in rows if _stops(row)]
    return sorted(stopping, key=lambda row: (row.check_slug == GATEWAY, -row.pk))[:1]


def _stops(row: Finding | Incident) -> bool:
    is_sign_in = row.check_slug in SIGN_IN_CHECKS and _kind(row) is Kind.FAILED
    return is_sign_in or row.cause == SecretUnreadable.cause


def _kind(row: Finding | Incident) -> Kind:
    if isinstance(row, Incident) or row.outcome == Outcome.FAILED:
        return Kind.FAILED
    if row.is_confirmable:
        return Kind.TO_CONFIRM
    return Kind.ADVICE if row.cause in ADVICE else Kind.WAITING


def _grouped(
    connection: Connection, rows: Iterable[Finding | Incident], incidents: Mapping[str, Incident]
) -> list[MissingItem]:
    """One item for all rows that the same steps at the same place fix, if one headline can say them all."""
    has_roles = connection.permission_model != Connection.PermissionModel.USER
    groups = defaultdict(list)
    for row in rows:
        explanation = explain(row, has_roles=has_roles)
        headline = "" if diagnosis_of(row.cause).several else explanation.headline
        key = _kind(row), row.stage, row.cause, headline, explanation.place, explanation.instructions
        groups[key].append((row, explanation))
    # Of the connections on a page, most have no problem.
    titles = check_titles(connection.company) if groups else {}
    items = [_item(connection, group, incidents, titles) for group in groups.values()]
    return sorted(items, key=lambda item: (list(Kind).index(item.kind), item.stage.number))


def _item(
    connection: Connection,
    group: Sequence[tuple[Finding | Incident, Explanation]],
    incidents: Mapping[str, Incident],
    titles: Mapping[str, Words],
) -> MissingItem:
    rows, explanations = zip(*group, strict=True)
    first, explanation = group[0]
    stage = STAGES[known_stage(first.stage or connection.stage)]
    opened = [incidents[row.check_slug] for row in rows if row.check_slug in incidents]
    return MissingItem(
        kind=_kind(first),
        stage=stage,
        url=_url(connection, stage, explanation.code),
        cause=first.cause,
        headline=_headline(explanation, first.cause, len(rows)),
        explanation=explanation,
        values=tuple(dict.fromkeys(chain.from_iterable(explanation.values for explanation in explanations))),
        checks=tuple((row.check_slug, titles[row.check_slug]) for row in rows if row.check_slug in titles),
        since=min(incident.since for incident in opened) if opened else min(row.at for row in rows),
        last_passed_at=opened[0].last_passed_at if opened else None,
    )


def _headline(explanation: Explanation, cause: str, count: int) -> str:
    several = diagnosis_of(cause).several
    return gettext(several) % {"count": count} if several and count > 1 else explanation.headline


def _url(connection: Connection, stage: Stage, code: str) -> str:
    """The step where it is fixed, or the help page for SmartSync, whose step has no checks."""
    if stage == SYNC_STAGE and code:
        return resolve_url("help:topic", code.lower())
    return resolve_url("wizard:stage", connection.pk, stage.slug)
