from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.fields import ChoicesField
from intacct.catalogue import ALWAYS_SUBSCRIBED, MODULES
from wizard.forms import StageForm
from wizard.models import Connection

YES_NO = [("yes", _("Yes")), ("no", _("No"))]


class AnswersForm(StageForm):
    """The answers that decide what later steps ask for. The fields are the arguments of `services.answers_save`."""

    permission_model = forms.ChoiceField(
        label=_("Are permissions role-based or user-based?"),
        help_text=_(
            "In Intacct, open Company → Setup → Company → General information (older menu: Company → Company Info → "
            "Global Settings) and read “Permission type”. Most companies are role-based."
        ),
        choices=Connection.PermissionModel.choices,
        widget=forms.RadioSelect,
    )
    several_entities = forms.TypedChoiceField(
        label=_("Does your Intacct company have several entities?"),
        help_text=_("See Company → Entities. Answer Yes if there are two or more."),
        choices=YES_NO,
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    modules = ChoicesField(
        label=_("Which of these applications do you use?"),
        help_text=_(
            "Company → Admin → Subscriptions shows which are on. We don’t ask for permissions in "
            "applications that you don’t use."
        ),
        choices=[(module.slug, _(module.name)) for module in MODULES if module not in ALWAYS_SUBSCRIBED],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    @classmethod
    def stored(cls, connection: Connection) -> dict[str, Any]:
        """Return the saved answers as initial values."""
        several = {True: "yes", False: "no", None: None}[connection.several_entities]
        return {
            "permission_model": connection.permission_model,
            "several_entities": several,
            "modules": connection.modules or [],
        }
