from wizard.models import Outcome
from wizard.stages.rules import Known


def state(known: Known) -> str:
    """Verified by a sign-in that works and a level that was chosen."""
    connection = known.connection
    passed = {finding.check_slug: finding for finding in known.found if finding.outcome == Outcome.PASSED}
    # The level may have changed after the check of the entity.
    entered = passed["entity"].facts.get("entity_id") if "entity" in passed else ""
    if "sign_in" in passed and connection.level and connection.entity_id in ("", entered):
        return "verified"
    return "in_progress" if known.done or connection.credentials_saved_at else "todo"
