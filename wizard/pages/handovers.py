"""The form of the handovers page, and the history of each handover."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.models import AuditEvent
from core.fields import ChoicesField, EmailField, KnownChoicesField, NameField, TextField, max_length_of
from wizard.actions import ACTIONS
from wizard.models import Connection, Handover
from wizard.progress import SETTLED, StageStatus, stage_statuses
from wizard.stages import STAGES, handed_over_stages

# Actions that the history of a handover lists.
GUEST_ACTIONS = [action.name for action in ACTIONS if action.guest_sentence]


class AddressForm(forms.Form):
    email = EmailField(label=_("Email address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))


class HandoverForm(forms.Form):
    """Who gets which steps. The steps that are still open are selected."""

    name = NameField(
        label=_("Name"),
        max_length=max_length_of(Handover, "name"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = EmailField(label=_("Email address"), widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    stages = ChoicesField(
        label=_("Steps to hand over"),
        help_text=_("They can see only these steps of this connection."),
        choices=lambda: [(stage.slug, stage.title) for stage in handed_over_stages()],
        widget=forms.CheckboxSelectMultiple,
    )
    note = TextField(
        label=_("Note"),
        help_text=_("Shown to them before they begin."),
        max_length=max_length_of(Handover, "note"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any = None, *, connection: Connection) -> None:
        super().__init__(data)
        open_slugs = [status.stage.slug for status in stage_statuses(connection) if status.state not in SETTLED]
        self.initial["stages"] = open_slugs


class StagesForm(forms.Form):
    """The steps to print; all of them if none is selected."""

    stages = KnownChoicesField(
        choices=lambda: [(stage.slug, stage.title) for stage in handed_over_stages()], required=False
    )

    def slugs(self) -> list[str]:
        self.full_clean()
        return self.cleaned_data["stages"] or [stage.slug for stage in handed_over_stages()]


@dataclass(frozen=True)
class Handed:
    """A handover with its steps, and what its guest did, newest first."""

    handover: Handover
    state: str
    steps: Sequence[StageStatus]
    events: Sequence[AuditEvent]

    @property
    def done(self) -> int:
        return sum(status.state in SETTLED for status in self.steps)


def handovers_with_history(connection: Connection) -> list[Handed]:
    handovers = list(connection.handovers.for_page())
    events = AuditEvent.objects.for_timeline(connection.customer_id).filter(
        action__in=GUEST_ACTIONS, actor_id=None, lasting__handover__in=[handover.pk for handover in handovers]
    )
    statuses = stage_statuses(connection)
    usable_pks = set(Handover.objects.usable().filter(connection=connection).values_list("pk", flat=True))
    return [
        Handed(
            handover,
            _state(handover, handover.pk in usable_pks),
            [status for status in statuses if status.stage.slug in handover.stages],
            [event for event in events if event.metadata["handover"] == handover.pk],
        )
        for handover in handovers
    ]


def _state(handover: Handover, is_usable: bool) -> str:
    """The handover's own state, or "stopped" if its maker may no longer change the connection."""
    stopped = handover.state in ("sent", "opened") and not is_usable
    return "stopped" if stopped else handover.state


def begin_context(handover: Handover) -> dict[str, Any]:
    """The context of the page that the guest sees first."""
    return {"handover": handover, "stages": [STAGES[slug] for slug in handover.stages if slug in STAGES]}
