"""Record that the database was restored: events that were made since the backup, and their anchors, are lost."""

from datetime import UTC, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from audit.actions import Action, Facts
from audit.models import AuditEvent
from audit.services import event_record


def _made_at(facts: Facts) -> Facts:
    try:
        made_at = datetime.fromisoformat(facts["made_at"])
    except ValueError:
        return facts  # no event may make the log unreadable
    return {"made_at": date_format(made_at.astimezone(UTC), "DATETIME_FORMAT")}


RESTORED = "database.restored"
ACTIONS = (
    Action(
        RESTORED,
        _("Restored the backup of %(made_at)s (UTC): what happened between then and now is lost"),
        tone="bad",
        words=_made_at,
    ),
)
SUBJECTS = {"database": _("Database")}


def restore_record(made_at: str) -> None:
    """Record it as the first event after the restore. made_at: when the backup was made, in ISO 8601."""
    event_record(action="database.restored", actor=None, made_at=made_at)


def last_restore() -> tuple[str, str] | None:
    """Return when the last restore happened, and when its backup was made."""
    event = AuditEvent.objects.filter(action=RESTORED).order_by("pk").last()
    return (minute(event.occurred_at), minute(datetime.fromisoformat(event.metadata["made_at"]))) if event else None


def minute(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
