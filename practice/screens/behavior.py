"""The page of options for unknown behavior of the gateway and for the API user's date format."""

import dataclasses
import typing
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from practice.company import Company
from practice.screens.forms import Form, as_choices
from practice.screens.pages import company_view, page, try_action

COMPANY = (
    ("expired", "The company has expired"),
    ("ip_filter", "Beanworks’ address is not allowed"),
    ("top_level_only", "Access is restricted to the top level only"),
)
NUMBERS = {int: forms.IntegerField, float: forms.FloatField}


class TextsField(forms.JSONField):
    """A JSON list or object of texts."""

    def __init__(self, kind: type, **rest: Any) -> None:
        super().__init__(**rest)
        self.kind = kind

    def clean(self, value: Any) -> Any:
        parsed = super().clean(value)
        if parsed is None:
            return self.kind()
        texts = parsed.values() if isinstance(parsed, dict) else parsed
        if not isinstance(parsed, self.kind) or not all(isinstance(text, str) for text in texts):
            raise forms.ValidationError("This does not have the format of the example.")
        return parsed


class OptionsForm(Form):
    """The options of parts of a company's state."""

    def __init__(self, parts: Sequence[Any], *args: Any) -> None:
        super().__init__(*args)
        self._parts = parts
        for part in parts:
            self.fields.update(_inputs(part))

    def save(self) -> None:
        for name, value in self.cleaned_data.items():
            setattr(next(part for part in self._parts if hasattr(part, name)), name, value)


class BehaviorForm(OptionsForm):
    def __init__(self, company: Company, *args: Any) -> None:
        super().__init__((company.behavior, company.formatting), *args)
        self._parts = (company, *self._parts)
        own = {
            name: forms.BooleanField(label=label, required=False, initial=getattr(company, name))
            for name, label in COMPANY
        }
        self.fields = own | self.fields


def _inputs(part: Any) -> dict[str, forms.Field]:
    hints = typing.get_type_hints(type(part))
    named = ((field.name, field.metadata["label"]) for field in dataclasses.fields(part))
    return {name: _input(hints[name], label, getattr(part, name)) for name, label in named}


def _input(kind: Any, label: str, now: Any) -> forms.Field:
    if typing.get_origin(kind) is typing.Literal:
        return forms.ChoiceField(label=label, choices=as_choices(typing.get_args(kind)), initial=now)
    if kind is bool:
        return forms.BooleanField(label=label, required=False, initial=now)
    if kind in NUMBERS:
        return NUMBERS[kind](label=label, initial=now)
    if kind is str:
        return forms.CharField(label=label, required=False, initial=now)
    return TextsField(type(now), label=label, initial=now, widget=forms.TextInput, required=False)


@company_view
def behavior_page(request: HttpRequest, company: Company) -> HttpResponse:
    form = BehaviorForm(company, request.POST or None)
    if try_action(form, form.save):
        messages.success(request, "The behavior was saved.")
        return redirect("behavior", company.id)
    return page(request, company, "behavior", form=form)
