"""A user's own page, and their devices."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services
from accounts.access import UserRequest, signed_in
from accounts.forms import ProfileForm
from accounts.interrupted_posts import page_of, restore_typed
from accounts.middleware import OLDER_MENU
from accounts.models import User
from accounts.second_factor import has_second_factor
from core.transactions import atomic_post


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@atomic_post
def profile(request: UserRequest) -> HttpResponse:
    if request.method == "POST":
        # Locked, so that no other change is saved after the form was compared with what is stored.
        request.user.refresh_from_db(from_queryset=User.objects.select_for_update(no_key=True))
    form = restore_typed(request, ProfileForm(request.POST or None, stored=ProfileForm.stored_of(request.user)))
    if request.method == "POST" and form.is_valid():
        services.user_change(user=request.user, **form.cleaned_data)
        translation.activate(request.user.language)
        messages.success(request, _("Saved."))
        response = redirect("accounts:profile")
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, request.user.language)
        return response
    return render(
        request, "accounts/profile.html", {"form": form, "has_second_factor": has_second_factor(request.user)}
    )


@require_POST
def menu(request: HttpRequest) -> HttpResponse:
    """Save which of Intacct's menus the user has. For a guest of a handover, it is saved in the session."""
    older = request.POST.get("menu") == "older"
    if request.user.is_authenticated:
        services.menu_choose(user=request.user, older=older)
    elif request.session.session_key:
        request.session[OLDER_MENU] = older
    return redirect(page_of(request))


@signed_in
@require_POST
def device_end(request: UserRequest, device_pk: int) -> HttpResponse:
    device = get_object_or_404(UserSession, user=request.user, pk=device_pk)
    services.device_end(device=device, user=request.user)
    messages.success(request, _("The device was signed out."))
    return redirect("usersessions_list")
