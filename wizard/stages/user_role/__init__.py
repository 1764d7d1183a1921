from django.utils.translation import gettext_lazy as _

from core.menus import with_path
from intacct.catalogue import ROLE_NAME, USER_ID
from intacct.diagnoses import ROLE_PAGE, ROLES, SECURITY, SUBSCRIPTIONS, USERS
from intacct.diagnosis import Place
from wizard.stages.stage import Stage, Task, Value
from wizard.stages.user_role.checks import checks
from wizard.stages.user_role.diagnoses import DIAGNOSES

YOUR_OWN_PASSWORD = _("Intacct asks for a password to confirm. Enter your own, the one you signed in with.")

USER = (
    Task(
        slug="web-services",
        text=_("Turn on Web Services"),
        place=SUBSCRIPTIONS,
        values=(Value(_("Subscription"), "Web Services"),),
        note=_(
            "Intacct may mention a fee. It applies to custom integrations. Connections of Sage partners such "
            "as Beanworks are usually free. If you are not sure, ask Sage before you accept."
        ),
    ),
    Task(
        slug="user",
        text=_("Create a Web Services user with these values"),
        place=Place((*USERS.path, "Add"), (*USERS.older_path, "+")),
        values=(
            Value(_("User ID"), USER_ID),
            Value(_("User type"), "Business"),
            Value(_("Admin privileges"), "Limited"),
            Value(_("Status"), "Active"),
        ),
        note=with_path(
            _(
                "The user ID cannot be changed later. Enter an email address whose mailbox you can open, because "
                "Intacct sends the user’s password there. If the email does not arrive, check the junk folder, "
                "and check whether %(path)s lists allowed email addresses. You can use any first and last name."
            ),
            SECURITY,
        ),
    ),
    Task(
        slug="user-save",
        text=_("Save the user"),
        note=_(
            "If Intacct mentions the fee again, accept it. If Intacct asks for a password, enter your own, "
            "the one you signed in with."
        ),
    ),
)
ROLE = (
    Task(
        slug="role",
        text=_("Create a role and save it"),
        place=Place((*ROLES.path, "Add"), (*ROLES.older_path, "Add")),
        values=(Value(_("Name"), ROLE_NAME),),
    ),
    Task(
        slug="permissions",
        text=_("Select these permissions in the role"),
        place=ROLE_PAGE,
        note=_(
            "Each application has one row. “Permissions” in the row opens its check boxes. If Intacct asks "
            "whether to leave the page, answer Leave. Your company may have renamed dimensions, such as "
            "Customers to Clients. Then use the row with the new name."
        ),
        template="user_role/sheet.html",
    ),
    Task(
        slug="assign",
        text=_("Assign the role to the user and save"),
        place=Place((*USERS.path, USER_ID, "Edit", "Roles"), (*USERS.older_path, USER_ID, "Edit", "Role Information")),
        values=(Value(_("Role"), ROLE_NAME),),
        note=YOUR_OWN_PASSWORD,
    ),
)
PERMISSIONS_ON_THE_USER = Task(
    slug="user-permissions",
    text=_("Select these permissions on the user itself"),
    place=Place(
        (*USERS.path, USER_ID, "Subscriptions", "Permissions"),
        (*USERS.older_path, USER_ID, "Subscriptions", "Permissions"),
    ),
    note=_("Your company uses user-based permissions. There are no roles, and each user has its own permissions."),
    template="user_role/sheet.html",
)

REMOVAL = (
    Task(
        slug="remove-user",
        text=_("Delete the Web Services user, or set it to Inactive"),
        place=USERS,
        values=(Value(_("User ID"), USER_ID),),
        note=_("If Intacct refuses to delete a user that has added bills, set it to Inactive."),
    ),
    Task(
        slug="remove-role",
        text=_("Delete the role"),
        place=ROLES,
        values=(Value(_("Name"), ROLE_NAME),),
        note=_("Remove it from the user first. With user-based permissions there is no role."),
    ),
)

STAGE = Stage(
    slug="user_role",
    number=2,
    title=_("Web Services user and role"),
    summary=_(
        "Create a user for Beanworks in Intacct. It can read lists, add bills and record payments, and nothing else."
    ),
    minutes=20,
    tasks=(*USER, *ROLE, PERMISSIONS_ON_THE_USER),
    removal=REMOVAL,
    checks=checks,
    diagnoses=DIAGNOSES,
    is_handed_over=True,
    template="user_role/stage.html",
)
