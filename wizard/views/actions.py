"""Actions on a stage's page other than sending its form. Each calls a service, then shows the page again."""

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from wizard import services
from wizard.access import VisitorRequest, connection_for, wizard_page
from wizard.forms import AnswerForm, CheckForm, TickForm, UnlockedForm
from wizard.pages.context import stage_context, stage_or_404
from wizard.pages.stage_page import page_for
from wizard.services import Refused
from wizard.stages import STAGE, STAGES
from wizard.stages.credentials.page import level_form
from wizard.stages.sync_profile.page import Page as ProfilePage


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
            connection=connection, stage=slug, actor=request.visitor, values=form.typed(), version=page.version
        )
    except services.Changed as changed:
        return render(request, "wizard/overtaken.html", {"changed": changed})
    return render(request, "wizard/saved.html")


@wizard_page
@require_POST
def tick(request: VisitorRequest, pk: int, slug: str) -> HttpResponse:
    """Save ticks: the box that was clicked, or without JavaScript all that differ from what the page showed."""
    connection = connection_for(request, pk, slug, act=True)
    page = page_for(request, connection, stage_or_404(slug))
    form = TickForm(request.POST, [task.slug for task in page.tasks()])
    ticked = form.cleaned_data["ticked"]
    for task in form.clicked():
        services.task_tick(connection=connection, stage=slug, task=task, ticked=task in ticked, actor=request.visitor)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "wizard/saved.html")
    return redirect("wizard:stage", pk, slug)


@wizard_page
@require_POST
def attest(request: VisitorRequest, pk: int, slug: str) -> HttpResponse:
    connection = connection_for(request, pk, slug, act=True)
    stage_or_404(slug)
    services.stage_attest(connection=connection, stage=slug, actor=request.visitor)
    return redirect("wizard:stage", pk, slug)


@wizard_page
@require_POST
def check(request: VisitorRequest, pk: int) -> HttpResponse:
    """Request a verification: of everything, or of the check that is named."""
    connection = connection_for(request, pk, CheckForm(request.POST).slug, act=True)
    form = CheckForm(request.POST, [check.slug for stage in STAGES for check in stage.checks(connection.company)])
    stage = stage_or_404(form.slug)
    checks = form.cleaned_data["check"]
    services.verification_request(connection=connection, actor=request.visitor, checks=checks)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "wizard/live.html", stage_context(page_for(request, connection, stage)))
    return redirect("wizard:stage", pk, stage.slug)


@wizard_page
@require_POST
def unlocked(request: VisitorRequest, pk: int) -> HttpResponse:
    """Retry a refused sign-in once, after the user confirmed that the Intacct user was unlocked."""
    form = UnlockedForm(request.POST)
    connection = connection_for(request, pk, form.slug, act=True)
    stage = stage_or_404(form.slug)
    services.sign_in_retry(connection=connection, actor=request.visitor, refusal=form.refusal)
    return redirect("wizard:stage", pk, stage.slug)


@wizard_page
@require_POST
def level(request: VisitorRequest, pk: int, slug: str) -> HttpResponse:
    connection = connection_for(request, pk, act=True)
    form = level_form(connection, request.POST)
    if form.is_valid():
        try:
            services.level_choose(connection=connection, actor=request.user, **form.chosen())
            messages.success(request, _("Saved."))
            return redirect("wizard:stage", pk, slug)
        except Refused as reason:
            form.add_error("place", str(reason))
    page = page_for(request, connection, STAGE[slug])
    return render(request, page.stage.template, stage_context(page, level_form=form))


@wizard_page
@require_POST
def withdraw(request: VisitorRequest, pk: int, profile_pk: int, slug: str) -> HttpResponse:
    connection = connection_for(request, pk, act=True)
    profile = get_object_or_404(connection.profiles, pk=profile_pk)
    services.profile_withdraw(profile=profile, actor=request.user)
    return redirect("wizard:stage", pk, slug)


@wizard_page
@require_POST
def answer(request: VisitorRequest, pk: int, profile_pk: int, slug: str) -> HttpResponse:
    """Save the customer's answer to a question of Beanworks support."""
    connection = connection_for(request, pk, act=True)
    profile = get_object_or_404(connection.profiles, pk=profile_pk)
    form = AnswerForm(request.POST)
    if form.is_valid():
        services.profile_answer(profile=profile, actor=request.user, answer=form.cleaned_data["answer"])
        return redirect("wizard:stage", pk, slug)
    page = cast("ProfilePage", page_for(request, connection, STAGE[slug]))
    page.answered = profile.pk
    return render(request, page.stage.template, stage_context(page))
