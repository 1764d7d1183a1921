"""Import customers, legal entities and users from a file, or invitations that were typed line by line.

Read the lines, find out what they would do, and do it.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.imports.line_kinds import LINE_KINDS, Outcome, Result, customer_in, errors_of
from accounts.models import Customer, Import, ImportLine, User
from audit.services import event_record
from core.batches import is_rows_fault
from core.csv_reader import read_csv, read_typed_lines
from core.errors import Refused
from core.isolated_text import Sentence
from core.queue import publish
from core.text import fold_name
from core.work import is_stopping

log = logging.getLogger(__name__)
MOST_LINES, MOST_TYPED = 5000, 100
# Of the file with the results. It can be corrected and imported again, so they are ignored in a file.
RESULT_HEADINGS = ("line", "result", "reason")


@transaction.atomic
def import_create(*, actor: User, file_name: str, data: bytes, invites: bool) -> Import:
    """Save the lines of a file. A worker then finds out what each would do."""
    rows = read_csv(data, MOST_LINES)
    headings = rows.pop(min(rows))
    names = [fold_name(heading).replace(" ", "_") for heading in headings]
    kind = _kind_of(names)
    if not rows:
        raise Refused(_("The file has only headings."))
    run = Import.objects.create(kind=kind, file_name=file_name, invites=invites, created_by=actor)
    _save_lines(run, names, rows)
    return run


@transaction.atomic
def invitations_create(*, actor: User, customer: Customer, text: str) -> Import:
    """Save lines of users to invite. A worker then finds out which of them can be invited."""
    rows = read_typed_lines(text)
    if len(rows) > MOST_TYPED:
        words = _("You typed %(count)s lines. At most %(most)s can be sent at once.")
        raise Refused(words % {"count": len(rows), "most": MOST_TYPED})
    kind = Import.Kind.INVITATIONS
    run = Import.objects.create(kind=kind, customer=customer, created_by=actor)
    _save_lines(run, [*LINE_KINDS[kind].form.base_fields], rows)
    return run


def _save_lines(run: Import, names: Sequence[str], rows: Mapping[int, Sequence[str]]) -> None:
    """Save the lines. `names`: of their cells. `rows`: the cells of each line, by its number."""
    lines = [
        ImportLine(run=run, number=number, cells=dict(zip(names, cells, strict=False)))
        for number, cells in rows.items()
    ]
    _set_aside_repeated(lines, LINE_KINDS[run.kind].identity)
    ImportLine.objects.bulk_create(lines, batch_size=500)
    publish(Import.task, run.pk)


def _kind_of(names: Sequence[str]) -> str:
    """Recognize the kind of a file by its headings. Raises Refused for a heading that it does not have."""
    kind = (
        Import.Kind.USERS if "email" in names
        else Import.Kind.LEGAL_ENTITIES if "legal_entity" in names
        else Import.Kind.CUSTOMERS
    )  # fmt: skip
    fields = LINE_KINDS[kind].form.base_fields
    if unknown := [name for name in names if name and name not in (*fields, *RESULT_HEADINGS)]:
        words = _("The file has the heading %(heading)s, which is not in the template for %(kind)s.")
        raise Refused(Sentence(words, {"heading": unknown[0], "kind": Import.Kind(kind).label}))
    if missing := [name for name, field in fields.items() if field.required and name not in names]:
        raise Refused(Sentence(_("The file lacks the heading %(heading)s."), {"heading": missing[0]}))
    return kind


def _set_aside_repeated(lines: Iterable[ImportLine], identity: Sequence[str]) -> None:
    """Let only the first of several lines about the same row count.

    The last of `identity` names the row itself. A line without it gets its own error.
    """
    first: dict[tuple[str, ...], int] = {}
    for line in lines:
        key = tuple(fold_name(line.cells.get(name, "")) for name in identity)
        if key[-1] and first.setdefault(key, line.number) != line.number:
            line.plan = Outcome.FAILED
            line.reason = _("This repeats line %(number)s. Remove or correct one of the two.") % {"number": first[key]}


@transaction.atomic
def import_confirm(*, run: Import, actor: User) -> None:
    """Let a worker do what the preview shows. The second of two confirmations changes nothing."""
    locked = Import.objects.select_for_update().get(pk=run.pk)
    if not locked.is_planned:
        raise Refused(_("This import was already confirmed, or its preview is not complete."))
    changes = {"confirmed_at": timezone.now(), "state": "queued", "finished_at": None, "attempts": 0}
    Import.objects.filter(pk=run.pk).update(**changes)
    run.lines.filter(plan=Outcome.FAILED).update(outcome=Outcome.FAILED)
    # Each invitation has its own event.
    if run.customer is None:
        facts = {"file": run.file_name, "kind": run.kind, "lines": run.lines.count()}
        event_record(action="import.confirmed", actor=actor, target=run, **facts)
    publish(Import.task, run.pk)


def import_work(run: Import) -> None:
    """Work on the lines that have no result yet, each in its own transaction. Raises LeaseLost."""
    is_real = run.confirmed_at is not None
    waiting = run.lines.filter(**{"outcome" if is_real else "plan": ""})
    language = run.created_by.language if run.created_by else None
    with translation.override(language):
        for line in waiting.order_by("number").iterator():
            if is_stopping.is_set():
                run.release()
                publish(run.task, run.pk)
                return
            _work_on_line(run, line, is_real=is_real)
    with transaction.atomic():
        run.hold()
        run.failure = ""  # of an earlier attempt
        run.finish()


@transaction.atomic
def _work_on_line(run: Import, line: ImportLine, *, is_real: bool) -> None:
    run.advance()
    outcome, line.changes, line.reason = _try(run, line, is_real=is_real)
    setattr(line, "outcome" if is_real else "plan", outcome)
    # Now, because a customer that the preview created does not exist any more.
    line.customer = run.customer or customer_in(line.cells)
    line.save()


def _try(run: Import, line: ImportLine, *, is_real: bool) -> tuple[Outcome, Mapping[str, Any], str]:
    """Do what the line says, or only find out. One that fails changes nothing."""
    try:
        with transaction.atomic():
            outcome, changes = _carry_out(run, line)
            transaction.set_rollback(not is_real)
            return outcome, changes, ""
    except Refused as reason:
        return Outcome.FAILED, {}, str(reason)[:500]
    except Exception as error:
        if not is_rows_fault(error):
            raise
        log.exception("Line %s of import %s failed", line.number, run.pk)
        return Outcome.FAILED, {}, _("This line failed because of an error on our side.")


def _carry_out(run: Import, line: ImportLine) -> Result:
    # For each line: the user may be deactivated while a long file is imported.
    run.refresh_from_db(fields=["created_by"])
    if run.created_by is None or not (run.created_by.is_active and run.created_by.may_administer()):
        raise Refused(_("The user who sent these lines can no longer administer users."))
    kind = LINE_KINDS[run.kind]
    form = kind.form(line.cells)
    if not form.is_valid():
        raise Refused(" ".join(errors_of(form)))
    return kind.save(form, run)


def import_give_up(run: Import) -> None:
    """End an import on which our own code failed repeatedly. What its lines did stays done."""
    run.finish()
