from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import UserRequest, support_only
from accounts.interrupted_posts import restore_typed
from accounts.stale_forms import Changed
from operations.support.forms import SupportSettingsForm
from operations.support.services import support_settings_save
from wizard.models import SupportSettings


@support_only
@require_http_methods(["GET", "HEAD", "POST"])
def support_settings(request: UserRequest) -> HttpResponse:
    form = restore_typed(request, SupportSettingsForm(SupportSettings.current(), request.POST or None))
    if request.method == "POST" and form.is_valid() and _save(request, form):
        return redirect("operations:support_settings")
    return render(request, "operations/support_settings.html", {"form": form})


def _save(request: UserRequest, form: SupportSettingsForm) -> bool:
    values = dict(form.cleaned_data)
    version = values.pop("version")
    try:
        if support_settings_save(actor=request.user, version=version, values=values):
            messages.success(request, _("The settings were saved. They apply from now on."))
    except Changed:
        settings = SupportSettings.current()
        present = {name: getattr(settings, name) for name in values}
        form.refuse(present=present, version=settings.version, changed_by=settings.changed_by)
        return False
    return True
