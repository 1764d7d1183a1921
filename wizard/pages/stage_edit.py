"""The form of a step's page: what the user types, and what another user saved while the page was open."""

from collections.abc import Collection
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.forms import Field
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from accounts.interrupted_posts import AnyForm, restore_typed, typed_for
from core.isolated_text import Sentence, join_names
from wizard.access import VisitorRequest
from wizard.forms import StageForm
from wizard.models import Connection, StageProgress
from wizard.progress import StageStatus
from wizard.services.drafts import Version


class StageEdit:
    def __init__(self, request: VisitorRequest, connection: Connection, status: StageStatus) -> None:
        self.request, self.connection, self.status = request, connection, status
        progress = status.progress
        self.draft: dict[str, Any] = progress.draft if progress else {}
        # The version of the form that the page was loaded with: the sent one, or the current one.
        sent = Version.parse(request.POST.get("version", ""))
        self.version = sent or Version(progress.version if progress else 0)
        # Label and value of each field in which another user saved something else.
        self.theirs: list[tuple[str, str]] = []

    def restore_typed(self, form: AnyForm, *sent_to: str) -> AnyForm:
        """Fill the form with what was typed before the user had to sign in again: sent, or saved while typing.

        sent_to: addresses that the form is sent to, other than the page itself.
        """
        return restore_typed(self.request, form, self._url("stage"), self._url("draft"), *sent_to)

    @cached_property
    def marked(self) -> Collection[str]:
        """The boxes to show as checked: those sent before the user had to sign in again, or the saved ones."""
        saved = typed_for(self.request)
        if saved and saved["action"] == self._url("tick"):
            return list(saved["typed"].get("ticked", []))
        return self.status.ticks

    def _url(self, name: str) -> str:
        return resolve_url(f"wizard:{name}", self.connection.pk, self.status.stage.slug)

    def show_conflict(self, form: StageForm, progress: StageProgress) -> None:
        """Show what another user saved first. If this user sends the form again, it replaces those values."""
        form.add_error(None, self._conflict_words(progress))
        self.version = replace(self.version, based_on=progress.version)
        saved = type(form).stored(Connection.objects.get(pk=self.connection.pk)) | progress.draft
        self.theirs = _differing_values(form, saved)

    def _conflict_words(self, progress: StageProgress) -> str:
        if progress.edited_by == self.request.visitor.name:
            return _("You changed this step in another tab or window. Compare the current values, then save again.")
        words = _("%(name)s changed this step while you were editing. Compare the current values, then save again.")
        return Sentence(words, {"name": progress.edited_by})


def _differing_values(form: StageForm, saved: dict[str, Any]) -> list[tuple[str, str]]:
    typed = form.typed()
    differ = (name for name in form.fields if saved.get(name) and typed.get(name) != saved[name])
    return [(str(form.fields[name].label), _as_shown(form.fields[name], saved[name])) for name in differ]


def _as_shown(field: Field, value: Any) -> str:
    """Return the saved value as the page shows it: the label of each choice."""
    labels = {str(choice): str(label) for choice, label in getattr(field, "choices", [])}
    values = value if isinstance(value, list) else [value]
    return join_names([labels.get(str(part), str(part)) for part in values])
