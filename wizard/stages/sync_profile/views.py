from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.interrupted_posts import restore_typed
from core.refusals import show_refusal_in
from wizard import services
from wizard.access import VisitorRequest, connection_for, wizard_page
from wizard.models import SyncProfile
from wizard.pages.context import stage_context
from wizard.stages.sync_profile import STAGE
from wizard.stages.sync_profile.forms import AnswerForm, ChangeLevelForm
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


@wizard_page
@require_http_methods(["GET", "HEAD", "POST"])
def change_level(request: VisitorRequest, pk: int, profile_pk: int, slug: str) -> HttpResponse:
    """Explain what another level means for the lists. A POST requests a profile that replaces the current one."""
    connection = connection_for(request, pk, act=True)
    profile = get_object_or_404(connection.profiles.approved().select_related("legal_entity"), pk=profile_pk)
    open_profiles = connection.profiles.filter(state__in=SyncProfile.OPEN).select_related("legal_entity")
    form = restore_typed(request, ChangeLevelForm(request.POST or None, connection=connection, profiles=open_profiles))
    if form.is_valid():
        with show_refusal_in(form, "level"):
            services.replacement_request(profile=profile, actor=request.user, **form.chosen())
            messages.success(
                request, _("Your request was sent. Until it is approved, the current profile keeps syncing.")
            )
            return redirect("wizard:stage", pk, slug)
    context = {
        "profile": profile,
        "current": profile.entity_name or profile.entity_id or _("Top level"),
        "back": resolve_url("wizard:stage", pk, slug),
        "form": form,
        "days": settings.ENDED_LISTS_DAYS,
    }
    return render(request, "sync_profile/change_level.html", context)
