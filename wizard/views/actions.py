"""Actions on a stage's page other than sending its form. Each calls a service, then shows the page again."""

from collections.abc import Mapping

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from wizard import services
from wizard.access import VisitorRequest, connection_for, wizard_page
from wizard.forms import CheckForm, ConfirmForm, TickForm, UnlockedForm
from wizard.models import Connection
from wizard.pages.connection_page import ConnectionPage
from wizard.pages.context import stage_context, stage_or_404
from wizard.stages import STAGES
from wizard.stages.pages import page_for
from wizard.stages.stage import Stage


@wizard_page
@require_POST
def draft(request: VisitorRequest, pk: int, slug: str) -> HttpResponse:
    """Save what is being typed, without secrets."""
    connection = connection_for(request, pk, slug, act=True)
    page = page_for(request, connection, stage_or_404(slug))
    form = page.form(request.POST)
    if form is None:
        raise Http404
    try:
        services.draft_save(
            connection=connection, stage=slug, actor=request.visitor, values=form.typed(), version=page.edit.version
        )
    except services.Changed as changed:
        return render(request, "wizard/overtaken.html", {"changed": changed})
    return render(request, "wizard/saved.html")


@wizard_page
@require_POST
def tick(request: VisitorRequest, pk: int, slug: str) -> HttpResponse:
    """Save which boxes the user checked or cleared."""
    connection = connection_for(request, pk, slug, act=True)
    stage = stage_or_404(slug)
    changes = TickForm(request.POST, page_for(request, connection, stage).checklist.boxes).changes()
    _tick(request, connection, slug, changes)
    _tick(request, connection, slug, page_for(request, connection, stage).checklist.follows(changes))
    return _show_again(request, connection, stage, saved=True)


def _tick(request: VisitorRequest, connection: Connection, slug: str, ticks: Mapping[str, bool]) -> None:
    services.tasks_tick(connection=connection, stage=slug, ticks=ticks, actor=request.visitor)


@wizard_page
@require_POST
def attest(request: VisitorRequest, pk: int, slug: str) -> HttpResponse:
    """Mark a step as done, and with it everything that can be checked in it.

    A page from before Intacct answered offers it as well, but what failed is done only once a new check passes.
    """
    connection = connection_for(request, pk, slug, act=True)
    page = page_for(request, connection, stage_or_404(slug))
    if not page.results.to_fix:
        _tick(request, connection, slug, dict.fromkeys(page.checklist.boxes, True))
        services.stage_attest(connection=connection, stage=slug, actor=request.visitor)
    return redirect("wizard:stage", pk, slug)


@wizard_page
@require_POST
def check(request: VisitorRequest, pk: int) -> HttpResponse:
    """Request a verification. Without a step, the form was on the page of the connection."""
    slug = CheckForm(request.POST).slug
    connection = connection_for(request, pk, slug, act=True)
    stage = stage_or_404(slug) if slug else None
    services.verification_request(connection=connection, actor=request.visitor)
    return _show_again(request, connection, stage) if stage else _show_connection_again(request, connection)


@wizard_page
@require_POST
def confirm(request: VisitorRequest, pk: int) -> HttpResponse:
    """Save which checks a user has looked at in Intacct, or withdraw that. A guest sees only those of their steps.

    Without a step, the form was on the page of the connection.
    """
    slug = CheckForm(request.POST).slug
    connection = connection_for(request, pk, slug, act=True)
    page = page_for(request, connection, stage_or_404(slug)) if slug else ConnectionPage(request, connection)
    form = ConfirmForm(request.POST, [row.check.slug for group in page.groups for row in group.rows])
    act = services.withdraw_confirmation if form.cleaned_data["withdraw"] else services.confirm_check
    for check in form.cleaned_data["check"]:
        act(connection=connection, actor=request.visitor, check=check)
    return _show_again(request, connection, STAGES[slug]) if slug else _show_connection_again(request, connection)


@wizard_page
@require_POST
def unlocked(request: VisitorRequest, pk: int) -> HttpResponse:
    """Retry a refused sign-in once, after the user confirmed that the Intacct user was unlocked."""
    form = UnlockedForm(request.POST)
    connection = connection_for(request, pk, form.slug, act=True)
    stage = stage_or_404(form.slug)
    services.sign_in_retry(connection=connection, actor=request.visitor, refusal=form.refusal)
    return redirect("wizard:stage", pk, stage.slug)


def _show_again(request: VisitorRequest, connection: Connection, stage: Stage, *, saved: bool = False) -> HttpResponse:
    """htmx takes from the page what has changed."""
    if request.htmx:  # type: ignore[attr-defined]
        context = stage_context(page_for(request, connection, stage)) | {"saved": saved}
        return render(request, stage.template, context)
    return redirect("wizard:stage", connection.pk, stage.slug)


def _show_connection_again(request: VisitorRequest, connection: Connection) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "wizard/connection.html", {"page": ConnectionPage(request, connection)})
    return redirect("wizard:connection", connection.pk)
