from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import UserRequest, support_only
from accounts.interrupted_posts import restore_typed
from accounts.stale_forms import Changed
from operations.canned_texts.forms import CannedTextForm
from operations.canned_texts.services import canned_text_add, canned_text_change, canned_text_move
from operations.models import CannedText


@support_only
@require_safe
def canned_texts(request: UserRequest) -> HttpResponse:
    """Show all ready-made texts in their order, those for each purpose in one table."""
    texts = list(CannedText.objects.all())
    tables = [(purpose, [text for text in texts if text.purpose == purpose]) for purpose in CannedText.Purpose]
    return render(request, "operations/canned_texts.html", {"tables": tables})


@support_only
@require_http_methods(["GET", "HEAD", "POST"])
def canned_text_new(request: UserRequest, purpose: str) -> HttpResponse:
    if purpose not in CannedText.Purpose.values:
        raise Http404
    text = CannedText(purpose=purpose)
    form = restore_typed(request, CannedTextForm(text, request.POST or None))
    if request.method == "POST" and form.is_valid():
        del form.cleaned_data["version"]
        canned_text_add(actor=request.user, purpose=purpose, **form.cleaned_data)
        messages.success(request, _("The text was added. It is the last one in its table."))
        return redirect("operations:canned_texts")
    return render(request, "operations/canned_text.html", {"form": form, "text": text})


@support_only
@require_http_methods(["GET", "HEAD", "POST"])
def canned_text(request: UserRequest, text_pk: int) -> HttpResponse:
    text = get_object_or_404(CannedText.objects.select_related("changed_by"), pk=text_pk)
    form = restore_typed(request, CannedTextForm(text, request.POST or None))
    if request.method == "POST" and form.is_valid() and _save(request, text, form):
        messages.success(request, _("Saved."))
        return redirect("operations:canned_texts")
    return render(request, "operations/canned_text.html", {"form": form, "text": text})


def _save(request: UserRequest, text: CannedText, form: CannedTextForm) -> bool:
    values = dict(form.cleaned_data)
    version = values.pop("version")
    try:
        canned_text_change(actor=request.user, text=text, version=version, values=values)
    except Changed:
        text.refresh_from_db()
        present = {name: getattr(text, name) for name in values}
        form.refuse(present=present, version=text.version, changed_by=text.changed_by)
        return False
    return True


@support_only
@require_POST
def canned_text_up(request: UserRequest, text_pk: int) -> HttpResponse:
    return _move(request, text_pk, down=False)


@support_only
@require_POST
def canned_text_down(request: UserRequest, text_pk: int) -> HttpResponse:
    return _move(request, text_pk, down=True)


def _move(request: UserRequest, text_pk: int, *, down: bool) -> HttpResponse:
    canned_text_move(actor=request.user, text=get_object_or_404(CannedText, pk=text_pk), down=down)
    return redirect("operations:canned_texts")
