from django.utils.translation import gettext_lazy as _

from wizard.stages.pre_checks.forms import AnswersForm
from wizard.stages.stage import Stage, Task

STAGE = Stage(
    slug="pre_checks",
    number=1,
    title=_("Pre-checks"),
    summary=_("We look at your Beanworks account, and you tell us three things about your Intacct company."),
    minutes=3,
    form=AnswersForm,
    tasks=(
        Task(
            slug="intacct-administrator",
            text=_("I can sign in to Sage Intacct as an administrator, or I sit with someone who can"),
            note=_("Steps 2 to 4 are done in Intacct. They need nobody else to sign out, and may be spread over days."),
        ),
        Task(
            slug="mailbox",
            text=_("I have a mailbox ready that I can open"),
            note=_("Intacct sends the password of the new Web Services user there. A shared mailbox is best."),
        ),
    ),
)
