from wizard.models import Connection
from wizard.progress import stage_statuses


def stage_state(connection: Connection, slug: str) -> str:
    return next(status.state for status in stage_statuses(connection) if status.stage.slug == slug)
