from django.utils.translation import gettext_lazy as _

from wizard.stages.stage import Stage
from wizard.stages.sync_profile import rule

STAGE = Stage(
    slug="sync_profile",
    number=6,
    title=_("API Sync Profile"),
    summary=_("Request a sync profile for each legal entity. Our support team decides on each request."),
    minutes=1,
    after=("credentials",),
    template="sync_profile/stage.html",
    rule=rule.state,
)
