from django.utils.translation import gettext_noop as _

from wizard.help.topic import Section, Topic

ROLE_EDITED = _("A permission was removed from the role Beanworks API.")
ROLE_CHANGED = _("The Beanworks user has another role now, or none.")
NEW_APPLICATION = _("Your company subscribed to another application, and its permissions are not selected yet.")

SECTION = Section(
    _("User, role and permissions"),
    (
        Topic(
            "BC-301",
            "permission_missing",
            _("The role does not allow us to read a list"),
            _(
                "The sign-in works, but Intacct refused one list because the role of the Beanworks user does not"
                " allow it."
            ),
            (ROLE_EDITED, ROLE_CHANGED, NEW_APPLICATION),
        ),
        Topic(
            "BC-302",
            "right_missing",
            _("A permission is missing"),
            _(
                "Intacct refused a list that needs this permission. Your page shows the row and the check boxes "
                "to select."
            ),
            (ROLE_EDITED, ROLE_CHANGED, NEW_APPLICATION),
        ),
        Topic(
            "BC-303",
            "subscriptions_unread",
            _("Application subscriptions cannot be read"),
            _(
                "This permission shows us which applications your company uses. Without it, a missing permission "
                "looks the same as an application that you do not have."
            ),
            (ROLE_EDITED, _("The user’s Admin Privileges were set to Off.")),
        ),
        Topic(
            "BC-304",
            "right_unproved",
            _("We can’t check a permission without writing to Intacct"),
            _(
                "Some permissions allow writing, such as adding a bill. We do not write to your books to test "
                "them, so please confirm them yourself."
            ),
        ),
        Topic(
            "BC-305",
            "role_ineffective",
            _("The sign-in works, but Intacct refuses every list"),
            _(
                "When everything is refused, the permissions are rarely the reason. Usually the role is not "
                "assigned to the "
                "user, or the user type limits what any role can allow."
            ),
            (
                ROLE_CHANGED,
                _("The user type was changed."),
                _("Your company switched between roles and user permissions."),
            ),
        ),
        Topic(
            "BC-306",
            "role_unassigned",
            _("The role is not assigned to the Beanworks user"),
            _(
                "The role exists, but the Beanworks user does not have it. Editing a role has no effect until it"
                " is assigned."
            ),
            (ROLE_CHANGED,),
        ),
        Topic(
            "BC-307",
            "not_reported",
            _("Intacct does not let us check this"),
            _(
                "The Beanworks user can’t read this setting. Everything else works without it. Please confirm it "
                "yourself."
            ),
        ),
        Topic(
            "BC-308",
            "user_type_wrong",
            _("The user type is not Business"),
            _("The user type limits what a user can do, regardless of its role. Only Business has no such limit."),
            (_("An administrator changed the user type, for example to save a license."),),
        ),
        Topic(
            "BC-309",
            "admin_privileges_wrong",
            _("The admin privileges are not Limited"),
            _(
                "Limited is the smallest setting that lets the Beanworks user read which applications your "
                "company uses."
            ),
            (_("An administrator changed the user’s admin privileges."),),
        ),
        Topic(
            "BC-310",
            "admin_privileges_full",
            _("The admin privileges are Full"),
            _(
                "The connection works. Full lets the Beanworks user do more than Beanworks needs, so we suggest "
                "Limited."
            ),
        ),
        Topic(
            "BC-311",
            "not_subscribed",
            _("Your company does not use this application"),
            _(
                "Intacct reported that the application behind this list is not part of your subscription, or is "
                "turned off."
            ),
            (_("The application was turned off: %(subscriptions_path)s."),),
        ),
        Topic(
            "BC-312",
            "not_used",
            _("Not needed by your company"),
            _("Your company does not use what this permission is for, so it is not needed."),
            (_("If you start using it, select its permission. We check every day and report it."),),
        ),
        Topic(
            "BC-317",
            "list_unused",
            _("Not needed, because its list is not in use"),
            _("Your company chose not to sync the list that this permission is for, so it is not needed."),
            (_("If you use the list again, select its permission. We then check it."),),
        ),
        Topic(
            "BC-313",
            "operation_unsupported",
            _("Intacct does not offer this in your company"),
            _("Intacct refused an operation that it offers in other companies. Beanworks must look into it."),
        ),
        Topic(
            "BC-314",
            "object_unknown",
            _("Your company does not have this list"),
            _(
                "Intacct reported that the list does not exist in your company, as it does for applications you "
                "do not use."
            ),
            (
                _("An application was turned off."),
                _("A user-defined dimension was deleted or renamed."),
            ),
        ),
        Topic(
            "BC-316",
            "user_kind_regular",
            _("The user is a regular user, not a Web Services user"),
            _(
                "Regular users sign in on screen: passwords expire, and 2-step verification or single sign-on can "
                "apply to them. Users created under Web Services users have neither."
            ),
        ),
        Topic(
            "BC-315",
            "login_unknown",
            _("Intacct does not know the user we asked about"),
            _("We ask Intacct what the Beanworks user may do. Intacct reported that no user has this user ID."),
            (_("The user was renamed or deleted in Intacct."),),
        ),
    ),
)
