from django.utils.translation import gettext_lazy as _

from wizard.stage import Stage

STAGE = Stage(
    slug="smart_sync",
    number=7,
    title=_("SmartSync"),
    summary=_("The first full sync brings every list from Intacct into Beanworks, and counts that none is short."),
    minutes=10,
    after=("sync_profile",),
)
