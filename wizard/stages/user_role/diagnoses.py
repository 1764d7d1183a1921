from django.utils.translation import gettext_noop as _

from intacct.catalogue import ROLE_NAME
from intacct.diagnoses import ROLE_PAGE, USER, USERS
from intacct.diagnosis import Diagnosis, Place, Who

ADMIN = Who.INTACCT_ADMINISTRATOR
USER_PERMISSIONS = Place(
    (*USERS.path, "%(user_id)s", "Subscriptions", "Permissions"),
    (*USERS.older_path, "%(user_id)s", "Subscriptions", "Permissions"),
)
TICK = _("In the row of each application named, choose Permissions and select the check boxes named.")
RIGHTS = (("%(module)s: %(permission)s", "%(rights)s"),)
SAVE = _("Save, then check again in Beanworks Connect.")

DIAGNOSES = (
    Diagnosis(
        "right_missing",
        ADMIN,
        _("A permission for %(permission)s in %(module)s is missing"),
        (TICK, SAVE),
        place=ROLE_PAGE,
        user_place=USER_PERMISSIONS,
        values=RIGHTS,
        several=_("%(count)s permissions are missing"),
    ),
    Diagnosis(
        "subscriptions_unread",
        ADMIN,
        _("Beanworks can’t read %(permission)s in %(module)s"),
        (
            TICK,
            _("If they are already selected, the user’s Admin Privileges must be Limited, not Off."),
            SAVE,
        ),
        place=ROLE_PAGE,
        user_place=USER_PERMISSIONS,
        values=RIGHTS,
    ),
    Diagnosis(
        "right_unproved",
        Who.NO_ONE,
        _("We can’t check %(rights)s for %(permission)s without writing to Intacct"),
        (
            _("In the row of each application named, choose Permissions. The check boxes named must be selected."),
            _("To let us check it, select Permissions for Users under Administration. Then check again."),
            _("Or send a test bill after the first sync. It verifies Bills: Add."),
        ),
        place=ROLE_PAGE,
        user_place=USER_PERMISSIONS,
        values=RIGHTS,
        several=_("We can’t check %(count)s permissions without writing to Intacct"),
    ),
    Diagnosis(
        "role_ineffective",
        ADMIN,
        _("The sign-in works, but Intacct refuses every list"),
        (
            _("The user’s roles must include Beanworks API. Add it if it is missing."),
            _("User Type must be Business. With any other type, permissions have no effect."),
            _(
                "If your company uses user-based permissions, there are no roles. Select the permissions on the "
                "user itself."
            ),
            SAVE,
        ),
        place=USER,
    ),
    Diagnosis(
        "role_unassigned",
        ADMIN,
        _("The user %(user_id)s does not have the role Beanworks API"),
        (_("Add Beanworks API to the user’s roles."), SAVE),
        place=USER,
        values=(("Role", ROLE_NAME),),
    ),
    Diagnosis(
        "user_type_wrong",
        ADMIN,
        _("The user’s type is “%(found)s”, not Business"),
        (_("Set User Type to Business."), SAVE),
        place=USER,
        values=(("User Type", "Business"),),
    ),
    Diagnosis(
        "admin_privileges_wrong",
        ADMIN,
        _("The user’s admin privileges are “%(found)s”, not Limited"),
        (_("Set Admin Privileges to Limited."), SAVE),
        place=USER,
        values=(("Admin Privileges", "Limited"),),
    ),
    Diagnosis(
        "admin_privileges_full",
        Who.NO_ONE,
        _("The user’s admin privileges are Full, which is more than Beanworks needs"),
        (_("This works. You can set Admin Privileges to Limited if you prefer."),),
        place=USER,
    ),
    Diagnosis(
        "user_kind_regular",
        ADMIN,
        _("The user %(user_id)s is not a Web Services user: it can also sign in on screen"),
        (
            _("It works now, but stops when its password expires or when 2-step verification applies to it."),
            _("Create a user in this list, with the same role."),
            _(
                "Then enter its user ID and password in the ERP credentials step. Syncs use the old user until "
                "the new one works."
            ),
        ),
        place=USERS,
    ),
)
