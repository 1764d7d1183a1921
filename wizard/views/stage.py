from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.interrupted_posts import sign_in_first
from accounts.session_lifetime import confirmed_lately
from wizard import services
from wizard.access import VisitorRequest, connection_for, wizard_page
from wizard.forms import StageForm
from wizard.models import Guest
from wizard.pages.context import stage_context, stage_or_404
from wizard.pages.stage_page import StagePage
from wizard.services import Refused
from wizard.stages.pages import page_for


@wizard_page
@require_http_methods(["GET", "HEAD", "POST"])
def stage(request: VisitorRequest, pk: int, slug: str) -> HttpResponse:
    """Show a stage's page. A POST sends the stage's form."""
    stage = stage_or_404(slug)
    connection = connection_for(request, pk, slug, act=request.method == "POST")
    page = page_for(request, connection, stage)
    if url := page.next_url():
        return redirect(url)
    if request.method != "POST":
        return render(request, stage.template, stage_context(page))
    if page.guarded and not isinstance(request.visitor, Guest) and not confirmed_lately(request):
        return sign_in_first(request, way="account_reauthenticate", page=page.url)
    form = page.form(request.POST)
    if form is not None and (url := _save(page, form)):
        return redirect(url)
    return render(request, stage.template, stage_context(page, form=form))


def _save(page: StagePage, form: StageForm) -> str:
    """Save the form and return where to go. Return "" if the form has errors to show."""
    if page.status.state == "locked":
        raise Refused(_("This step cannot start yet."))
    if not form.is_valid():
        return ""
    edit = services.stage_edit(
        connection=page.connection, stage=page.stage.slug, actor=page.request.visitor, version=page.edit.version
    )
    try:
        with edit:
            return page.save(form.cleaned_data)
    except services.Changed as changed:
        page.edit.show_conflict(form, changed.progress)
    except Refused as reason:
        form.add_error(None, str(reason))
    return ""
