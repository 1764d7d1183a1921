from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from wizard.help.pages import find_page, sections_with_pages


@require_safe
def help_index(request: HttpRequest) -> HttpResponse:
    """Every code, by section. Open to everyone: emails and guests lead here."""
    return render(request, "help/index.html", {"sections": sections_with_pages()})


@require_safe
def help_topic(request: HttpRequest, code: str) -> HttpResponse:
    """One code. People type it as they like: BC-204, bc204 or 204."""
    slug = f"bc-{code.lower().removeprefix('bc').strip('-')}"
    page = find_page(slug)
    if page is None:
        raise Http404
    if code != slug:
        return redirect("help:topic", slug)
    return render(request, "help/topic.html", {"page": page})
