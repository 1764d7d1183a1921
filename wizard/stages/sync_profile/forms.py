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
from wizard.levels import TOP, entity_id_of, level_of
from wizard.models import Connection, Question, SyncProfile


class LevelSelect(forms.Select):
    """A select that shows the levels that other legal entities use, but disables them."""

    used: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["disabled"] = value in self.used
        return option


def note_field() -> TextField:
    return TextField(
        label=gettext_lazy("Note for Beanworks"),
        help_text=gettext_lazy("Anything our support team should know, such as the day you want to start."),
        required=False,
        max_length=max_length_of(SyncProfile, "note"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ProfilesForm(StageForm):
    """Choose a level in Intacct for each legal entity that has no profile yet."""

    note = note_field()

    def __init__(self, *args: Any, connection: Connection, profiles: Iterable[SyncProfile], **kwargs: Any) -> None:
        """`profiles`: all of the connection. Users who may connect are at the root and see every legal entity."""
        super().__init__(*args, **kwargs)
        free = SyncProfile.objects.free_legal_entities(connection.customer_id).order_by(Natural("name"))
        self.legal_entities = {f"level_{legal_entity.pk}": legal_entity for legal_entity in free}
        used = _used_levels(profiles)
        levels = list(_levels(connection, used))
        refused = [profile for profile in profiles if profile.state in SyncProfile.REFUSED]
        refused.sort(key=lambda profile: profile.pk)
        requested = {profile.legal_entity_id: level_of(profile.entity_id) for profile in refused}
        own = level_of(connection.entity_id) if len(self.legal_entities) == 1 else ""
        for name, legal_entity in self.legal_entities.items():
            # A request that was refused begins as it was sent.
            wanted = requested.get(legal_entity.pk, own)
            self.fields[name] = self._level(legal_entity, levels, used, wanted)
        self.order_fields([*self.legal_entities, "note"])
        # What was chosen with the credentials, and a choice of one, is a fact: the legal entity's name and the level.
        # After a request was declined or a profile revoked, it is a choice again: the level may be the reason.
        self.facts = []
        self.has_choice = len(levels) > 1
        is_chosen = connection.level and not refused
        chosen = level_of(connection.entity_id) if is_chosen else ""
        fact = chosen if self.has_choice else TOP
        # Intacct may not list the chosen entity any more.
        if len(self.legal_entities) == 1 and fact in dict(levels) and fact not in used:
            [(name, legal_entity)] = self.legal_entities.items()
            self.initial.pop(name, None)  # from a draft, before the level was changed
            self.fields[name].widget, self.fields[name].initial = forms.HiddenInput(), fact
            self.facts = [(legal_entity.name, dict(levels)[fact])]

    def _level(
        self, legal_entity: LegalEntity, levels: list[tuple[str, str]], used: Mapping[str, str], wanted: str
    ) -> forms.ChoiceField:
        only = len(self.legal_entities) == 1
        field = forms.ChoiceField(
            label=isolate(legal_entity.name),
            required=only,
            choices=levels if only else [("", _("Do not request now")), *levels],
            initial=(wanted if wanted not in used else "") or _matching_level(legal_entity, levels, used),
            widget=LevelSelect(attrs=EITHER_WAY),
        )
        field.widget.used = frozenset(used)
        return field

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        wanted = {name: data[name] for name in self.legal_entities if data.get(name)}
        for name, level in wanted.items():
            if Counter(wanted.values())[level] > 1:
                self.add_error(
                    name, _("Only one legal entity can use the top level, and only one can use each entity.")
                )
        if not wanted and not self.errors:
            raise forms.ValidationError(_("Choose where bills go for at least one legal entity."))
        entity_ids = {self.legal_entities[name]: entity_id_of(level) for name, level in wanted.items()}
        return {"entity_ids": entity_ids, "note": data.get("note", "")}


class ChangeLevelForm(forms.Form):
    """Choose another level for a legal entity whose profile is in use."""

    level = forms.ChoiceField(label=gettext_lazy("New level"), widget=LevelSelect(attrs=EITHER_WAY))
    note = note_field()

    def __init__(self, *args: Any, connection: Connection, profiles: Iterable[SyncProfile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        used = _used_levels(profiles)
        self.fields["level"].choices = [("", _("Choose a level")), *_levels(connection, used)]  # type: ignore[attr-defined]
        self.fields["level"].widget.used = frozenset(used)

    def chosen(self) -> dict[str, str]:
        """Return the arguments of `services.replacement_request`."""
        return {"entity_id": entity_id_of(self.cleaned_data["level"]), "note": self.cleaned_data["note"]}


class AnswerForm(forms.Form):
    """The answer to a question of Beanworks support."""

    answer = TextField(
        label=gettext_lazy("Your answer"),
        max_length=max_length_of(Question, "answer"),
        error_messages={"required": gettext_lazy("Enter an answer first.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _used_levels(profiles: Iterable[SyncProfile]) -> dict[str, str]:
    """The names of legal entities by the level that they use."""
    return {
        level_of(profile.entity_id): profile.legal_entity.name
        for profile in profiles
        if profile.state in SyncProfile.OPEN
    }


def _levels(connection: Connection, used: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """The top level and every entity that Intacct listed, with notes such as "already used"."""
    single = connection.company.get("multi_entity") is False
    entities = [] if single else connection.company.get("entities", [])
    names = {TOP: _("Top level")}
    names |= {level_of(entity["id"]): f"{entity['name']} ({entity['id']})" for entity in entities}
    for level, name in names.items():
        marks = []
        if level in used:
            marks = [_("already used by %(name)s") % {"name": used[level]}]
        elif level == level_of(connection.entity_id):
            marks = [_("chosen earlier")]
        yield level, " · ".join([name, *marks])


def _matching_level(legal_entity: LegalEntity, levels: list[tuple[str, str]], used: Iterable[str]) -> str:
    """The free level whose name is the start of the legal entity's name, or "" if there is none."""
    matching = (level for level, label in levels if legal_entity.name.startswith(label.partition(" (")[0]))
    return next((level for level in matching if level not in used), "")
