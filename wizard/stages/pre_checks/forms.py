from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import ChoicesField
from core.menus import with_path
from intacct.catalogue import ALWAYS_SUBSCRIBED, MODULES
from intacct.diagnoses import COMPANY, ENTITIES, SUBSCRIPTIONS
from intacct.diagnosis import Place
from wizard.forms import StageForm
from wizard.models import Connection

UNKNOWN, KNOWN = "unknown", "known"
ROLE, USER = Connection.PermissionModel.ROLE, Connection.PermissionModel.USER
# The first choice of each question is for users who do not know the answer: with it, later steps leave nothing out.
PERMISSION_MODELS = [(ROLE, _("Role-based, or I don’t know. Most companies are role-based")), (USER, USER.label)]
SEVERAL = [(UNKNOWN, _("I don’t know. Intacct will report it")), ("yes", _("Yes")), ("no", _("No"))]
GLOBAL_SETTINGS = Place(
    (*COMPANY.path, "General information", "Global settings"), (*COMPANY.older_path, "Edit", "Global Settings")
)


class AnswersForm(StageForm):
    """The answers that decide what later steps ask for."""

    permission_model = forms.ChoiceField(
        label=_("Are permissions role-based or user-based?"),
        help_text=with_path(
            _("In Intacct, open %(path)s and read “Permission type”."),
            GLOBAL_SETTINGS,
        ),
        choices=PERMISSION_MODELS,
        initial=ROLE,
        widget=forms.RadioSelect,
    )
    several_entities = forms.TypedChoiceField(
        label=_("Does your Intacct company have several entities?"),
        help_text=with_path(_("See %(path)s. Answer Yes if there are two or more."), ENTITIES),
        choices=SEVERAL,
        coerce={UNKNOWN: None, "yes": True, "no": False}.get,
        initial=UNKNOWN,
        widget=forms.RadioSelect,
    )
    applications = forms.ChoiceField(
        label=_("Do you know which applications your company uses?"),
        help_text=_("We don’t ask for permissions in applications that you don’t use."),
        choices=[
            (UNKNOWN, _("I don’t know. Ask for every permission, until Intacct reports what is in use")),
            (KNOWN, _("Yes, I will select them here")),
        ],
        initial=UNKNOWN,
        widget=forms.RadioSelect,
    )
    modules = ChoicesField(
        label=_("Which of these applications do you use?"),
        help_text=with_path(_("%(path)s shows which are on. Leave all empty if you use none of these."), SUBSCRIPTIONS),
        choices=[(module.slug, _(module.name)) for module in MODULES if module not in ALWAYS_SUBSCRIBED],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    @classmethod
    def stored(cls, connection: Connection) -> dict[str, Any]:
        """Return the saved answers as initial values."""
        several = {True: "yes", False: "no", None: UNKNOWN}[connection.several_entities]
        return {
            "permission_model": connection.permission_model or ROLE,
            "several_entities": several,
            "applications": UNKNOWN if connection.modules is None else KNOWN,
            "modules": connection.modules or [],
        }

    def clean(self) -> dict[str, Any]:
        """Return None as the applications of a user who does not know them, even if some are selected."""
        data = super().clean() or {}
        return data if data.get("applications") == KNOWN else data | {"modules": None}
