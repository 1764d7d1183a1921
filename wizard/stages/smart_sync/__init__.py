from django.utils.translation import gettext_lazy as _

from intacct import bill_refusals
from wizard.stages.smart_sync import rule
from wizard.stages.smart_sync.diagnoses import DIAGNOSES
from wizard.stages.stage import Stage

STAGE = Stage(
    slug="smart_sync",
    number=7,
    title=_("SmartSync"),
    summary=_("The first full sync copies every list to Beanworks and checks that the record counts match."),
    minutes=10,
    after=("sync_profile",),
    # One approved profile is enough for it.
    waits=False,
    template="smart_sync/stage.html",
    diagnoses=(*DIAGNOSES, *bill_refusals.DIAGNOSES),
    rule=rule.state,
)
