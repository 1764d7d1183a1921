"""The page on which an administrator chooses the lists of a profile."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import UserRequest
from accounts.interrupted_posts import restore_typed
from smartsync import services
from smartsync.access import deciding_page, profile_for
from smartsync.forms import ListsForm
from smartsync.pages.list_choice import choices_by_module
from wizard.models import SyncProfile
from wizard.services import Refused


@deciding_page
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: UserRequest, profile_pk: int) -> HttpResponse:
    profile = profile_for(request, profile_pk)
    form = restore_typed(request, ListsForm(profile, request.POST or None))
    if form.is_valid() and _save(request, profile, form):
        return redirect("smartsync:profile", profile.pk)
    context = {
        "profile": profile,
        "form": form,
        "modules": choices_by_module(services.choosable_lists(profile)),
        "chosen": form["lists"].value() or [],
    }
    return render(request, "smartsync/choose_lists.html", context)


def _save(request: UserRequest, profile: SyncProfile, form: ListsForm) -> bool:
    """Save the choice. Returns whether it was accepted; if not, the form shows why."""
    try:
        services.lists_choose(profile=profile, unused=form.unused, actor=request.user)
    except Refused as reason:
        form.add_error("lists", str(reason))
        return False
    messages.success(request, _("Saved. The next sync reads the lists that you chose."))
    return True
