"""Internal notes about a connection. Everyone at Beanworks reads them; only the author changes a note."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import UserRequest, beanworks_only
from accounts.interrupted_posts import restore_typed
from core.transactions import atomic_post
from operations import services
from operations.forms import NoteForm
from operations.models import Note


@beanworks_only
@atomic_post
def note_edit(request: UserRequest, note_pk: int) -> HttpResponse:
    note = _own_note(request, note_pk)
    if request.method == "POST":
        note.refresh_from_db(fields=["text"], from_queryset=Note.objects.select_for_update())
    form = restore_typed(request, NoteForm(request.POST or None, stored={"text": note.text}))
    if form.is_valid():
        services.note_edit(note=note, text=form.cleaned_data["text"])
        return redirect("operations:connection", note.connection_id)
    return render(request, "operations/note.html", {"note": note, "form": form})


@beanworks_only
@require_POST
def note_delete(request: UserRequest, note_pk: int) -> HttpResponse:
    note = _own_note(request, note_pk)
    services.note_delete(note=note)
    return redirect("operations:connection", note.connection_id)


def _own_note(request: UserRequest, note_pk: int) -> Note:
    return get_object_or_404(
        Note.objects.select_related("connection__customer", "author"), pk=note_pk, author=request.user
    )
