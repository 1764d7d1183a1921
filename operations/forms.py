from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from wizard.models import Connection
from wizard.models.connection import ConnectionQuerySet
from wizard.stages import STAGES


class BoardFilter(forms.Form):
    """Filters of the board; they stand in the address, so that a filtered board can be sent to a colleague."""

    search = forms.CharField(label=_("Search"), required=False)
    stage = forms.ChoiceField(label=_("Stage"), required=False)
    must_act = forms.ChoiceField(
        label=_("Who must act"), required=False, choices=[("", _("Anybody")), *Connection.MustAct.choices]
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        stages = [("", _("All")), *((stage.slug, stage.title) for stage in STAGES)]
        self.fields["stage"].choices = stages  # type: ignore[attr-defined]

    def filtered(self, connections: ConnectionQuerySet) -> ConnectionQuerySet:
        wanted = self.cleaned_data if self.is_valid() else {}
        if words := wanted.get("search"):
            connections = connections.filter(Q(customer__name__icontains=words) | Q(company_id__icontains=words))
        chosen = {name: wanted[name] for name in ("stage", "must_act") if wanted.get(name)}
        return connections.filter(**chosen)


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("The customer reads this: what is missing, and what to do."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )


class AskForm(forms.Form):
    question = forms.CharField(
        label=_("Question to the customer"),
        help_text=_("The customer sees it as the next thing to do. The request stays yours."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )
