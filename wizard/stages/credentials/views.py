from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.refusals import show_refusal_in
from wizard import services
from wizard.access import VisitorRequest, connection_for, wizard_page
from wizard.pages.context import stage_context
from wizard.stages.credentials import STAGE
from wizard.stages.credentials.page import Page, level_form


@wizard_page
@require_POST
def level(request: VisitorRequest, pk: int, slug: str) -> HttpResponse:
    """Choose the top level or one entity."""
    connection = connection_for(request, pk, act=True)
    form = level_form(connection, request.POST)
    if form.is_valid():
        with show_refusal_in(form, "level"):
            services.level_choose(connection=connection, actor=request.user, **form.chosen())
            messages.success(request, _("Saved."))
            return redirect("wizard:stage", pk, slug)
    page = Page(request, connection, STAGE)
    return render(request, STAGE.template, stage_context(page, level_form=form))
