from django.utils.translation import gettext_lazy as _

from intacct.catalogue import SENDER_ID
from wizard.stages.sender_id.checks import checks
from wizard.stages.stage import Stage, Task, Value

STAGE = Stage(
    slug="sender_id",
    number=3,
    title=_("Sender ID"),
    summary=_("Intacct answers only programs you have authorized. This authorizes Beanworks."),
    minutes=3,
    tasks=(
        Task(
            slug="open",
            text=_("Open the company’s security settings for editing"),
            path=("Company", "Setup", "Company", "Edit", "Security"),
            older_path=("Company", "Company Info", "Edit", "Security"),
            note=_(
                "In a company with several entities, be at the top level: an authorization that is added inside an "
                "entity does not count."
            ),
        ),
        Task(
            slug="add",
            text=_("Under Web Services authorizations, choose + and enter the sender ID"),
            values=(Value(_("Sender ID"), SENDER_ID), Value(_("Status"), "Active")),
            note=_(
                "Capital and small letters matter, and an entry cannot be edited once it is added: if it is wrong, add "
                "another. The description may stay empty."
            ),
        ),
        Task(slug="save-entry", text=_("Save in the small window")),
        Task(
            slug="save-page",
            text=_("Save the whole page as well"),
            note=_("Two saves are needed. Without the second one, Intacct forgets the first."),
        ),
    ),
    checks=checks,
)
