from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import LegalEntity
from core.collation import Natural
from core.fields import EITHER_WAY, TextField, max_length_of
from core.isolated_text import isolate
from wizard.forms import StageForm
from wizard.levels import TOP, entity_id_of, place_of
from wizard.models import Connection, Question, SyncProfile


class PlaceSelect(forms.Select):
    """A select that shows places of other legal entities but disables them."""

    used: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["disabled"] = value in self.used
        return option


class ProfilesForm(StageForm):
    """Choose a place in Intacct for each legal entity that has no profile yet."""

    note = TextField(
        label=gettext_lazy("Note for Beanworks"),
        help_text=gettext_lazy("Anything our support team should know, such as the day you want to start."),
        required=False,
        max_length=max_length_of(SyncProfile, "note"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, connection: Connection, profiles: Iterable[SyncProfile], **kwargs: Any) -> None:
        """`profiles`: all of the connection. Users who may connect are at the root and see every legal entity."""
        super().__init__(*args, **kwargs)
        taken = SyncProfile.objects.filter(state__in=SyncProfile.OPEN).values("legal_entity")
        free = (
            LegalEntity.objects.filter(customer=connection.customer_id).exclude(pk__in=taken).order_by(Natural("name"))
        )
        self.legal_entities = {f"place_{legal_entity.pk}": legal_entity for legal_entity in free}
        used = {
            place_of(profile.entity_id): profile.legal_entity.name
            for profile in profiles
            if profile.state in SyncProfile.OPEN
        }
        places = list(_places(connection, used))
        for name, legal_entity in self.legal_entities.items():
            self.fields[name] = self._place(legal_entity, places, used, place_of(connection.entity_id))
        self.order_fields([*self.legal_entities, "note"])

    def _place(
        self, legal_entity: LegalEntity, places: list[tuple[str, str]], used: Mapping[str, str], chosen: str
    ) -> forms.ChoiceField:
        only = len(self.legal_entities) == 1
        field = forms.ChoiceField(
            label=isolate(legal_entity.name),
            required=only,
            choices=places if only else [("", _("Do not request now")), *places],
            initial=(chosen if only and chosen not in used else "") or _matching_place(legal_entity, places, used),
            widget=PlaceSelect(attrs=EITHER_WAY),
        )
        field.widget.used = frozenset(used)
        return field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        wanted = {name: data[name] for name in self.legal_entities if data.get(name)}
        for name, place in wanted.items():
            if Counter(wanted.values())[place] > 1:
                self.add_error(
                    name, _("Only one legal entity can use the top level, and only one can use each entity.")
                )
        if not wanted and not self.errors:
            raise forms.ValidationError(_("Choose where bills go for at least one legal entity."))
        places = {self.legal_entities[name]: entity_id_of(place) for name, place in wanted.items()}
        return {"places": places, "note": data.get("note", "")}


class AnswerForm(forms.Form):
    """The answer to a question of Beanworks support."""

    answer = TextField(
        label=gettext_lazy("Your answer"),
        max_length=max_length_of(Question, "answer"),
        error_messages={"required": gettext_lazy("Enter an answer first.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _places(connection: Connection, used: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """The top level and every entity that Intacct listed, with notes such as "already used"."""
    single = connection.company.get("multi_entity") is False
    entities = [] if single else connection.company.get("entities", [])
    names = {TOP: _("Top level")}
    names |= {place_of(entity["id"]): f"{entity['name']} ({entity['id']})" for entity in entities}
    for place, name in names.items():
        marks = [_("already used by %(name)s") % {"name": used[place]}] if place in used else []
        if place == place_of(connection.entity_id):
            marks.append(_("chosen with the credentials"))
        yield place, " · ".join([name, *marks])


def _matching_place(legal_entity: LegalEntity, places: list[tuple[str, str]], used: Iterable[str]) -> str:
    """The free place whose name is the start of the legal entity's name, or "" if there is none."""
    matching = (place for place, label in places if legal_entity.name.startswith(label.partition(" (")[0]))
    return next((place for place in matching if place not in used), "")
