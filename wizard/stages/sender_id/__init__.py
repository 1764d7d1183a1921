from django.utils.translation import gettext_lazy as _

from intacct.catalogue import SENDER_ID
from intacct.diagnoses import SECURITY
from wizard.stages.sender_id.checks import checks
from wizard.stages.stage import Stage, Task, Value

STAGE = Stage(
    slug="sender_id",
    number=3,
    title=_("Sender ID"),
    summary=_("Authorize Beanworks to connect to your Intacct company."),
    minutes=3,
    tasks=(
        Task(
            slug="open",
            text=_("Open the company’s security settings for editing"),
            place=SECURITY,
            note=_(
                "If your company has several entities, make sure you are at the top level. An authorization "
                "added inside an entity does not count."
            ),
        ),
        Task(
            slug="add",
            text=_("Under Web Services authorizations, choose + and enter the sender ID"),
            values=(Value(_("Sender ID"), SENDER_ID), Value(_("Status"), "Active")),
            note=_(
                "The sender ID is case-sensitive and can’t be changed once it is added; only its description and "
                "status can. If it is wrong, add another one. You can leave the description blank."
            ),
        ),
        Task(slug="save-entry", text=_("Save the dialog")),
        Task(
            slug="save-page",
            text=_("Save the page as well"),
            note=_("Save twice. Without the second save, Intacct discards the entry."),
        ),
    ),
    removal=(
        Task(
            slug="remove-authorization",
            text=_("Under Web Services authorizations, set the sender ID to Inactive or delete it"),
            place=SECURITY,
            values=(Value(_("Sender ID"), SENDER_ID),),
            note=_("Save twice: the dialog and the page. Until you do this, Beanworks may still send requests."),
        ),
    ),
    checks=checks,
    is_handed_over=True,
)
