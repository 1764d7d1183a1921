from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from accounts.stale_forms import EditForm
from core.collation import MOST_WORDS, Natural, holds_every_word
from core.fields import DayField, LineField, NameField, RowField, TextField, max_length_of
from core.text import Words
from operations.board import Health, Show, condition_of
from operations.filters import AddressFilter
from operations.models import CustomerDeletion, Note, SavedView
from operations.search import holds
from wizard.models import Connection, Question, SyncProfile
from wizard.models.connection import ConnectionQuerySet
from wizard.stages import STAGES


class Chip(NamedTuple):
    """A filter in use, and the board's query without it."""

    label: Words
    value: Words
    query: str


SORTS: dict[str, tuple[Words, Combinable]] = {
    "": (_("Longest wait"), F("waiting_since").asc(nulls_last=True)),
    "customer": (_("Customer"), Natural("customer__name")),
    "stage": (_("Step"), Case(*(When(step=stage.slug, then=stage.number) for stage in STAGES.values()))),
    "must_act": (_("Waiting for"), F("must_act")),
    "health": (_("Sync health"), F("health")),
}


class BoardFilter(AddressFilter):
    search = LineField(label=_("Search"), required=False, max_length=100)
    whose = forms.ChoiceField(label=_("Customers"), required=False, choices=[("", _("All")), ("mine", _("Mine"))])
    stage = forms.ChoiceField(label=_("Step"), required=False)
    must_act = forms.ChoiceField(
        label=_("Waiting for"), required=False, choices=[("", _("Anyone")), *Connection.MustAct.choices]
    )
    health = forms.ChoiceField(label=_("Sync health"), required=False, choices=[("", _("All")), *Health.choices])
    sort = forms.ChoiceField(
        label=_("Yours first, then by"),
        required=False,
        choices=[(name, label) for name, (label, _column) in SORTS.items()],
    )
    # A tab or a tile.
    show = forms.ChoiceField(required=False, choices=[("", ""), *Show.choices], widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stages = [("", _("All")), *((stage.slug, f"{stage.number} · {stage.title}") for stage in STAGES.values())]
        self.fields["stage"].choices = stages  # type: ignore[attr-defined]

    def matching(self, connections: ConnectionQuerySet, *left_out: str) -> ConnectionQuerySet:
        """Return those of `board_connections` that match all filters, except those named in `left_out`."""
        wanted = {name: value for name, value in self.chosen_filters().items() if name not in left_out}
        if search := wanted.get("search"):
            connections = connections.filter(holds_every_word(search, "customer__name", "company_id"))
        if show := wanted.get("show"):
            connections = connections.filter(condition_of(show))
        columns = {"stage": "step", "must_act": "must_act", "health": "health"}
        equal: dict[str, Any] = {column: wanted[name] for name, column in columns.items() if name in wanted}
        return connections.filter(**equal | ({"mine": True} if "whose" in wanted else {}))

    def in_order(self, connections: ConnectionQuerySet) -> ConnectionQuerySet:
        """Return the connections in the order that the user chose, those of their own customers first."""
        _label, column = SORTS[self.chosen_filters().get("sort", "")]
        order = ("-mine", column, "stage_since", "pk")
        return connections.order_by(*order)

    def chips(self) -> list[Chip]:
        """Return each filter in use, with the query without it."""
        chosen = self.chosen_filters()
        return [
            Chip(
                self.fields[name].label or "",
                self._words(name, value),
                urlencode({other: chosen[other] for other in chosen if other != name}),
            )
            for name, value in chosen.items()
            if name not in ("show", "sort")
        ]

    def _words(self, name: str, value: str) -> Words:
        """Return a filter's value as the form shows it."""
        words: dict[str, Words] = dict(getattr(self.fields[name], "choices", ()))
        return words.get(value, value)


class CustomerFilter(AddressFilter):
    """Which customers of all are listed."""

    search = LineField(
        label=_("Customer"), required=False, max_length=100, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    whose = forms.ChoiceField(
        label=_("Managed by"), required=False, choices=[("", _("Anyone")), ("mine", _("Me")), ("no_one", _("No one"))]
    )

    def matching(self, customers: QuerySet[Customer], user: User) -> QuerySet[Customer]:
        chosen = self.chosen_filters()
        if words := chosen.get("search", "").split()[:MOST_WORDS]:
            customers = customers.filter(holds("name", words) | holds("external_id", words))
        managers = {"mine": Q(success_manager=user), "no_one": Q(success_manager=None)}
        return customers.filter(managers.get(chosen.get("whose", ""), Q()))


class SearchForm(AddressFilter):
    q = LineField(
        label=_("Search"),
        required=False,
        max_length=100,
        help_text=_("Customer, company ID, legal entity, user, email address or external ID"),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class SaveViewForm(forms.Form):
    name = NameField(label=_("Name"), max_length=max_length_of(SavedView, "name"))


class ManagerForm(EditForm):
    """Choose who at Beanworks looks after a customer."""

    manager = RowField(
        label=_("Customer success manager"),
        queryset=User.objects.filter(kind=User.Kind.CUSTOMER_SUCCESS, is_active=True).order_by(Natural("name")),
        required=False,
        empty_label=_("No one"),
    )


def note_field(*, required: bool) -> TextField:
    rows = forms.Textarea(attrs={"rows": 2})
    return TextField(label=_("Note"), widget=rows, max_length=max_length_of(Note, "text"), required=required)


class NoteForm(EditForm):
    text = note_field(required=True)


class FollowUpForm(EditForm):
    """A note, when to contact the customer next, and until when the connection does not count as stuck."""

    text = note_field(required=False)
    contact_on = DayField(label=_("Next contact"), required=False)
    snoozed_until = DayField(
        label=_("Snooze until"),
        help_text=_("Until then it does not count as stuck. A snooze ends early if the connection breaks."),
        required=False,
    )

    def clean_snoozed_until(self) -> date | None:
        day: date | None = self.cleaned_data["snoozed_until"]
        if day and day <= timezone.localdate():
            raise ValidationError(_("Choose a day after today."))
        return day


class DeclineForm(forms.Form):
    text = "reason"

    reason = TextField(
        label=_("Reason"),
        help_text=_("The customer will read this. Explain what is missing and what to do."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=max_length_of(SyncProfile, "reason"),
    )


class RevokeForm(forms.Form):
    reason = TextField(
        label=_("Reason"),
        help_text=_("The customer will read this. Explain why the profile ends and what to do."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=max_length_of(SyncProfile, "reason"),
    )


class AskForm(forms.Form):
    text = "question"

    question = TextField(
        label=_("Question to the customer"),
        help_text=_("The customer sees this question as their next task. The request stays claimed by you."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=max_length_of(Question, "text"),
    )


class ConfirmDeletionForm(forms.Form):
    """Type the customer's name, so that no other customer is deleted by mistake."""

    name = LineField(
        label=_("Name of the customer"),
        help_text=_("Type it as it is written at the top of this page."),
        max_length=max_length_of(Customer, "name"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer_name = name

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name != self.customer_name:
            raise ValidationError(_("This is not the name of the customer."))
        return name


class RequestDeletionForm(ConfirmDeletionForm):
    reason = TextField(
        label=_("Reason"),
        help_text=_("Who asked for the deletion, and when. It is deleted with the customer."),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=max_length_of(CustomerDeletion, "reason"),
    )
