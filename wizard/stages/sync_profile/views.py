from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from wizard import services
from wizard.access import VisitorRequest, connection_for, wizard_page
from wizard.pages.context import stage_context
from wizard.stages.sync_profile import STAGE
from wizard.stages.sync_profile.forms import AnswerForm
from wizard.stages.sync_profile.page import Page


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
    page = Page(request, connection, STAGE)
    page.answered_profile = profile.pk
    return render(request, STAGE.template, stage_context(page))
