from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.stale_forms import VersionedForm
from core.fields import TextField, max_length_of
from operations.canned_texts.models import CannedText


def _text_field(name: str, label: Any) -> TextField:
    rows = forms.Textarea(attrs={"rows": 3})
    return TextField(label=label, widget=rows, max_length=max_length_of(CannedText, name))


class CannedTextForm(VersionedForm):
    english = _text_field("english", _("In English"))
    french = _text_field("french", _("In French"))
    is_offered = forms.BooleanField(
        label=_("Offer this text"), required=False, help_text=_("Clear this to keep the text without offering it.")
    )

    def __init__(self, text: CannedText, data: Any = None) -> None:
        super().__init__(data, initial={name: getattr(text, name) for name in self.base_fields})
