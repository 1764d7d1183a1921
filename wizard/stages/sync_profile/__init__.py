from django.utils.translation import gettext_lazy as _

from wizard.stages.stage import Stage

STAGE = Stage(
    slug="sync_profile",
    number=6,
    title=_("API Sync Profile"),
    summary=_("Beanworks ties one of your legal entities to this connection. You ask here; our support team decides."),
    minutes=1,
    after=("credentials",),
)
