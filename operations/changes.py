"""What a user changed in a form, as the audit log says it."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _


def changes_in_words(
    form: type[forms.Form], changes: Mapping[str, tuple[Any, Any]], words_for: Callable[[str, Any], str]
) -> list[str]:
    """Return what changed, with the old and the new values, in the words of the form.

    changes: the old and the new value by the name of the field. words_for: the words for a value of a field.
    """
    return [
        _("%(field)s: %(old)s → %(new)s")
        % {"field": form.base_fields[name].label, "old": words_for(name, old), "new": words_for(name, new)}
        for name, (old, new) in changes.items()
    ]
