"""What users do with customers, users and their own sign-in, for the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action

ACTIONS = (
    Action("customer.created", _("Added the customer %(name)s")),
    Action("customer.changed", _("Changed the customer %(name)s")),
    Action("legal_entity.created", _("Added the legal entity %(name)s")),
    Action("legal_entity.changed", _("Changed the legal entity %(name)s")),
    Action("legal_entity.closed", _("Closed the legal entity %(name)s"), tone="bad"),
    Action("legal_entity.reopened", _("Reopened the legal entity %(name)s")),
    Action("org_unit.created", _("Added the org unit %(name)s")),
    Action("org_unit.changed", _("Changed the org unit %(name)s")),
    Action("org_unit.removed", _("Removed the org unit %(name)s")),
    Action("device.signed_out", _("Signed out another device")),
    Action("import.confirmed", _("Imported %(lines)s lines of the file %(file)s")),
    Action("invitation.accepted", _("Accepted the invitation")),
    Action("invitation.renewed", _("Created a new invitation link for %(email)s")),
    Action("invitation.taken_over", _("Took over the invitation of %(email)s with a new link")),
    Action("invitation.revoked", _("Canceled the invitation of %(email)s")),
    Action("invitation.sent", _("Invited %(email)s")),
    Action("password.changed", _("Changed their password")),
    Action("password.reset", _("Reset their password by email")),
    Action("user.created", _("Added the user %(email)s")),
    Action("user.updated", _("Changed the user %(name)s")),
    Action("user.roles_changed", _("Changed the roles of a user")),
    Action("user.org_units_changed", _("Changed the additional org units of %(name)s")),
    Action("user.deactivated", _("Deactivated the user %(name)s"), tone="bad"),
    Action("user.reactivated", _("Reactivated the user %(name)s")),
    Action("user.changed", _("Changed their name, language or time zone")),
    Action("user.signed_in", _("Signed in")),
    Action("second_factor.added", _("Set up a second factor")),
    Action("second_factor.refused", _("Entered a wrong second factor"), outcome="refused"),
    Action("second_factor.reset", _("Reset the second factor of %(name)s")),
    Action("second_factor.removed", _("Removed a second factor")),
    Action("second_factor.renewed", _("Created new recovery codes")),
    Action("single_sign_on.refused", _("Single sign-on refused: unknown email address"), outcome="refused"),
)
SUBJECTS = {
    "customer": _("Customer"),
    "device": _("Devices"),
    "import": _("Imports"),
    "invitation": _("Invitations"),
    "legal_entity": _("Legal entities"),
    "org_unit": _("Org units"),
    "password": _("Passwords"),
    "user": _("Users"),
    "second_factor": _("Second factor"),
    "single_sign_on": _("Single sign-on"),
}
