from django.utils.translation import gettext_lazy as _

from wizard.stages.credentials import rule
from wizard.stages.credentials.checks import checks
from wizard.stages.credentials.diagnoses import DIAGNOSES
from wizard.stages.credentials.forms import CredentialsForm
from wizard.stages.stage import Stage

STAGE = Stage(
    slug="credentials",
    number=5,
    title=_("ERP credentials"),
    summary=_("Enter the new user’s credentials. We check every step so far in about ten seconds."),
    minutes=3,
    after=("pre_checks",),
    form=CredentialsForm,
    checks=checks,
    diagnoses=DIAGNOSES,
    is_handed_over=True,
    template="credentials/stage.html",
    rule=rule.state,
)
