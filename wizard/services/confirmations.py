"""Users confirm by eye what a check cannot find out."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import Refused
from wizard.models import Confirmation, Connection, Finding, Visitor
from wizard.models.test_bill import FIELD
from wizard.services.events import record

# After a failure of one of these checks, another role or another field may be in use than the one that was looked at.
CHANGES_ITS_STAGE = ("role", FIELD)


@transaction.atomic
def confirm_check(*, connection: Connection, actor: Visitor, check: str) -> None:
    """Save that the user looked in Intacct. If two users confirm the same check, the first one is saved."""
    connection = Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)
    finding = next((row for row in Finding.objects.current(connection) if row.check_slug == check), None)
    if finding is None or not finding.is_confirmable:
        raise Refused(_("Intacct has answered this check by now, so nothing needs to be confirmed."))
    if Confirmation.objects.of_current_user(connection).filter(check_slug=check).exists():
        return
    Confirmation.objects.update_or_create(
        connection=connection,
        check_slug=check,
        defaults={
            "stage": finding.stage,
            "company_id": connection.company_id,
            "user_id": connection.user_id,
            "confirmed_by": actor.name,
        },
    )
    record("check.confirmed", connection, actor, check=check, stage=finding.stage)


@transaction.atomic
def withdraw_confirmation(*, connection: Connection, actor: Visitor, check: str) -> None:
    confirmation = connection.confirmations.select_for_update().filter(check_slug=check).first()
    if confirmation:
        confirmation.delete()
        record("check.withdrawn", connection, actor, check=check, stage=confirmation.stage)


def delete_contradicted(*, connection: Connection, failed: Sequence[Finding]) -> None:
    """Delete the confirmations that failed checks contradict, in the caller's transaction."""
    slugs = {finding.check_slug for finding in failed}
    changed = {finding.stage for finding in failed if finding.check_slug in CHANGES_ITS_STAGE}
    for confirmation in connection.confirmations.select_for_update():
        if confirmation.check_slug in slugs or confirmation.stage in changed:
            confirmation.delete()
            facts = {"check": confirmation.check_slug, "stage": confirmation.stage}
            record("check.contradicted", connection, None, **facts)
