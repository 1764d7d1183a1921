from django.utils.translation import gettext_noop as _

from intacct.diagnosis import Diagnosis, Who
from wizard.diagnoses import USER_PAGE

ADMIN = Who.INTACCT_ADMINISTRATOR
ROLE_PAGE = _("Open Company → Admin → Roles → Beanworks API → Subscriptions (older menu: Company → Roles).")
TICK = _(
    "In the %(module)s row, choose Permissions and select %(rights)s for %(permission)s. Wherever "
    "you select View, also select List."
)
SAVE = _("Save, then check again in Beanworks Connect.")

DIAGNOSES = (
    Diagnosis(
        "right_missing",
        ADMIN,
        _("A permission for %(permission)s in %(module)s is missing"),
        (ROLE_PAGE, TICK, SAVE),
    ),
    Diagnosis(
        "subscriptions_unread",
        ADMIN,
        _("Beanworks can’t read %(permission)s in %(module)s"),
        (
            ROLE_PAGE,
            TICK,
            _("If they are already selected, the user’s Admin Privileges must be Limited, not Off."),
            SAVE,
        ),
    ),
    Diagnosis(
        "right_unproved",
        Who.NO_ONE,
        _("We can’t check %(rights)s for %(permission)s without writing to Intacct"),
        (
            ROLE_PAGE,
            _("In the %(module)s row, open Permissions and confirm the selection: %(rights)s for %(permission)s."),
            _("To let us check it, select Permissions for Users under Administration. Then check again."),
        ),
    ),
    Diagnosis(
        "role_ineffective",
        ADMIN,
        _("The sign-in works, but Intacct refuses every list"),
        (
            USER_PAGE,
            _("Role Information must list Beanworks API. Add it if it is missing."),
            _("User Type must be Business. With any other type, permissions have no effect."),
            _(
                "If your company uses user-based permissions, there are no roles. Select the permissions on the "
                "user itself."
            ),
            SAVE,
        ),
    ),
    Diagnosis(
        "role_unassigned",
        ADMIN,
        _("The user %(user_id)s does not have the role Beanworks API"),
        (USER_PAGE, _("Under Role Information, add Beanworks API."), SAVE),
    ),
    Diagnosis(
        "user_type_wrong",
        ADMIN,
        _("The user’s type is “%(found)s”, not Business"),
        (USER_PAGE, _("Set User Type to Business."), SAVE),
    ),
    Diagnosis(
        "admin_privileges_wrong",
        ADMIN,
        _("The user’s admin privileges are “%(found)s”, not Limited"),
        (USER_PAGE, _("Set Admin Privileges to Limited."), SAVE),
    ),
    Diagnosis(
        "admin_privileges_full",
        Who.NO_ONE,
        _("The user’s admin privileges are Full, which is more than Beanworks needs"),
        (USER_PAGE, _("This works. You can set Admin Privileges to Limited if you prefer.")),
    ),
    Diagnosis(
        "user_kind_regular",
        ADMIN,
        _("The user %(user_id)s is not a Web Services user: it can also sign in on screen"),
        (
            _("It works now, but stops when its password expires or when 2-step verification applies to it."),
            _("Create a user under Company → Admin → Web Services users, with the same role."),
            _(
                "Then enter its user ID and password in the ERP credentials step. Syncs use the old user until "
                "the new one works."
            ),
        ),
    ),
)
