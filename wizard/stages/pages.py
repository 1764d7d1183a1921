"""The page of each step. A step that is not in this table has a page with its tasks and results only."""

from wizard.access import VisitorRequest
from wizard.models import Connection
from wizard.pages.stage_page import StagePage
from wizard.stages.credentials import page as credentials
from wizard.stages.pre_checks import page as pre_checks
from wizard.stages.smart_sync import page as smart_sync
from wizard.stages.stage import Stage
from wizard.stages.sync_profile import page as sync_profile
from wizard.stages.user_role import page as user_role

PAGES: dict[str, type[StagePage]] = {
    "pre_checks": pre_checks.Page,
    "user_role": user_role.Page,
    "credentials": credentials.Page,
    "sync_profile": sync_profile.Page,
    "smart_sync": smart_sync.Page,
}


def page_for(request: VisitorRequest, connection: Connection, stage: Stage) -> StagePage:
    kind = PAGES.get(stage.slug, StagePage)
    return kind(request, connection, stage)
