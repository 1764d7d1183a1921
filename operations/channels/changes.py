from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from operations.changes import changes_in_words
from operations.channels.forms import ChannelForm
from operations.channels.kinds import KINDS


def channel_changes(changes: Mapping[str, tuple[Any, Any]], *, has_new_url: bool) -> str:
    """Return what changed of a channel, with the old and the new values, in the words of the form."""
    words = changes_in_words(ChannelForm, changes, _words)
    return "; ".join([*words, _("new webhook URL")] if has_new_url else words)


def _words(name: str, value: Any) -> str:
    if name == "kinds":
        return ", ".join(str(KINDS[kind].title) if kind in KINDS else kind for kind in value) or _("none")
    choices = getattr(ChannelForm.base_fields[name], "choices", ())
    return str(dict(choices).get(value, value))
