import re

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from core.fields import LineField
from wizard.pages.help import find_page, sections_with_pages


class CodeForm(forms.Form):
    code = LineField(
        label=_("Your code"), max_length=10, widget=forms.TextInput(attrs={"placeholder": "BC-204", "size": 10})
    )

    def clean_code(self) -> str:
        """Return the slug of the code's page."""
        slug = _slug_of(self.cleaned_data["code"])
        if find_page(slug) is None:
            raise forms.ValidationError(_("There is no such code. A code has three digits, such as BC-204."))
        return slug


@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    """List every code by section. Needs no sign-in, because emails and guests link here."""
    form = CodeForm(request.GET if "code" in request.GET else None)
    if form.is_valid():
        return redirect("help:topic", form.cleaned_data["code"])
    return render(request, "help/index.html", {"sections": sections_with_pages(), "form": form})


@require_safe
def help_topic(request: HttpRequest, code: str) -> HttpResponse:
    """Show the page of one code."""
    slug = _slug_of(code)
    page = find_page(slug)
    if page is None:
        raise Http404
    if code != slug:
        return redirect("help:topic", slug)
    return render(request, "help/topic.html", {"page": page})


def _slug_of(code: str) -> str:
    """Users type a code as BC-204, bc 204 or 204, or copy it with another kind of hyphen."""
    return f"bc-{re.sub('[^0-9]', '', code)}"
