"""The page on which an administrator chooses the lists of a profile."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import UserRequest
from accounts.interrupted_posts import restore_typed
from core.refusals import show_refusal_in
from smartsync import services
from smartsync.access import deciding_page, profile_for
from smartsync.forms import ListsForm
from smartsync.pages.list_choice import choices_by_module


@deciding_page
@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: UserRequest, profile_pk: int) -> HttpResponse:
    profile = profile_for(request, profile_pk)
    form = restore_typed(request, ListsForm(profile, request.POST or None))
    if form.is_valid():
        with show_refusal_in(form, "lists"):
            services.lists_choose(profile=profile, unused=form.unused, actor=request.user, shown=form.shown)
            messages.success(request, _("Saved. The next sync reads the lists that you chose."))
            return redirect("smartsync:profile", profile.pk)
        # The form that is sent next has seen what another user changed.
        profile.refresh_from_db(fields=["unused_lists"])
    context = {
        "profile": profile,
        "form": form,
        "modules": choices_by_module(services.choosable_lists(profile)),
        "chosen": form["lists"].value() or [],
        "shown": ",".join(sorted(profile.unused_lists)),
    }
    return render(request, "smartsync/choose_lists.html", context)
