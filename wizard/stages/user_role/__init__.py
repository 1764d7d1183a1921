from django.utils.translation import gettext_lazy as _

from intacct.catalogue import ROLE_NAME, USER_ID
from wizard.stages.stage import Stage, Task, Value
from wizard.stages.user_role.checks import checks

YOUR_OWN_PASSWORD = _("Intacct asks for a password to confirm. It means your own: the one you signed in with.")

USER = (
    Task(
        slug="web-services",
        text=_("Turn Web Services on"),
        path=("Company", "Admin", "Subscriptions"),
        older_path=("Company", "Subscriptions"),
        values=(Value(_("Subscription"), "Web Services"),),
        note=_(
            "Intacct may speak of a charge. It concerns programs a company writes itself; connections of Sage partners "
            "such as Beanworks are usually free. If in doubt, ask Sage before you accept."
        ),
    ),
    Task(
        slug="user",
        text=_("Create a Web Services user with these values"),
        path=("Company", "Admin", "Web Services users", "Add"),
        older_path=("Company", "Web Services Users", "+"),
        values=(
            Value(_("User ID"), USER_ID),
            Value(_("User type"), "Business"),
            Value(_("Admin privileges"), "Limited"),
            Value(_("Status"), "Active"),
        ),
        note=_(
            "The user ID cannot be changed later. Give an e-mail address whose mailbox you can open: Intacct sends the "
            "user’s password there. If it does not come, look in the junk folder, and whether Company → Setup → "
            "Company → Security lists allowed email addresses. The names are yours to choose."
        ),
    ),
    Task(
        slug="user-save",
        text=_("Save the user"),
        note=_(
            "Accept the charge prompt if it comes up again. If Intacct asks for a password, it means your own: the one "
            "you signed in with."
        ),
    ),
)
ROLE = (
    Task(
        slug="role",
        text=_("Create a role, and save it"),
        path=("Company", "Admin", "Roles", "Add"),
        older_path=("Company", "Roles", "Add"),
        values=(Value(_("Name"), ROLE_NAME),),
    ),
    Task(
        slug="permissions",
        text=_("Tick the permissions listed below"),
        path=("Company", "Admin", "Roles", ROLE_NAME, "Subscriptions", "Permissions"),
        older_path=("Company", "Roles", "Edit", "View Subscriptions", "Permissions"),
        note=_(
            "There is one row for each application; “Permissions” on the row opens its boxes. If Intacct asks "
            "whether to leave the page, answer Leave. Your company may have renamed dimensions, such as Customers to "
            "Clients: tick the row under its new name."
        ),
    ),
    Task(
        slug="assign",
        text=_("Give the role to the user, and save"),
        path=("Company", "Admin", "Web Services users", USER_ID, "Edit", "Roles"),
        older_path=("Company", "Web Services Users", USER_ID, "Edit", "Role Information"),
        values=(Value(_("Role"), ROLE_NAME),),
        note=YOUR_OWN_PASSWORD,
    ),
)
PERMISSIONS_ON_THE_USER = Task(
    slug="user-permissions",
    text=_("Tick the permissions listed below, on the user itself"),
    path=("Company", "Admin", "Web Services users", USER_ID, "Subscriptions", "Permissions"),
    older_path=("Company", "Web Services Users", USER_ID, "Subscriptions", "Permissions"),
    note=_("Your company is user-based: there are no roles, and each user has permissions of its own."),
)

STAGE = Stage(
    slug="user_role",
    number=2,
    title=_("Web Services user and role"),
    summary=_(
        "Beanworks gets a user of its own in Intacct, allowed to read lists, add bills and record payments: no more."
    ),
    minutes=20,
    tasks=(*USER, *ROLE, PERMISSIONS_ON_THE_USER),
    checks=checks,
)
