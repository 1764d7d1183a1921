from django.utils.translation import gettext_lazy as _

from wizard.stages.pre_checks import rule
from wizard.stages.pre_checks.forms import AnswersForm
from wizard.stages.stage import Stage, Task

STAGE = Stage(
    slug="pre_checks",
    number=1,
    title=_("Pre-checks"),
    summary=_("We check your Beanworks account. You answer three questions about your Intacct company."),
    minutes=3,
    form=AnswersForm,
    tasks=(
        Task(
            slug="intacct-administrator",
            text=_("I can sign in to Sage Intacct as an administrator, or someone who can is with me"),
            note=_(
                "The next steps are done in Intacct. No one else needs to sign out, and you can spread them over "
                "several days."
            ),
        ),
        Task(
            slug="mailbox",
            text=_("I have a mailbox that I can open for the new user"),
            note=_("Intacct sends the password of the new Web Services user there. A shared mailbox is best."),
        ),
    ),
    shows_handovers=True,
    is_open_below_root=True,
    template="pre_checks/stage.html",
    rule=rule.state,
)
