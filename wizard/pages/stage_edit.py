"""The form of a step's page: what the user types, and what another user saved while the page was open."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from core.isolated_text import Sentence
from wizard.access import VisitorRequest
from wizard.forms import StageForm
from wizard.models import Connection, StageProgress
from wizard.services.drafts import Version


class StageEdit:
    def __init__(self, request: VisitorRequest, connection: Connection, progress: StageProgress | None) -> None:
        self.connection, self.actor = connection, request.visitor
        self.draft: dict[str, Any] = progress.draft if progress else {}
        # The version of the form that the page was loaded with: the sent one, or the current one.
        sent = Version.parse(request.POST.get("version", ""))
        self.version = sent or Version(progress.version if progress else 0)
        # Label and value of each field in which another user saved something else.
        self.theirs: list[tuple[str, Any]] = []

    def show_conflict(self, form: StageForm, progress: StageProgress) -> None:
        """Show what another user saved first. If this user sends the form again, it replaces those values."""
        form.add_error(None, self._conflict_words(progress))
        self.version = replace(self.version, based_on=progress.version)
        saved = type(form).stored(Connection.objects.get(pk=self.connection.pk)) | progress.draft
        self.theirs = _differing_values(form, saved)

    def _conflict_words(self, progress: StageProgress) -> str:
        if progress.edited_by == self.actor.name:
            return _("You changed this step in another tab or window. Compare the current values, then save again.")
        words = _("%(name)s changed this step while you were editing. Compare the current values, then save again.")
        return Sentence(words, {"name": progress.edited_by})


def _differing_values(form: StageForm, saved: dict[str, Any]) -> list[tuple[str, Any]]:
    typed = form.typed()
    differ = (name for name in form.fields if saved.get(name) and typed.get(name) != saved[name])
    return [(str(form.fields[name].label), saved[name]) for name in differ]
