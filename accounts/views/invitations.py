"""The pages through which an invited person becomes a user."""

from allauth.account.utils import perform_login
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import services
from accounts.forms import AcceptForm
from accounts.models import Invitation
from accounts.services import Refused
from core.tokens import LinkToken

# Session key. Its value is the hash of the token of the link that was followed.
FOLLOWED = "invitation"


@require_safe
def open_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Open an invitation's link.

    The token is not passed on to the next page's address, so that it appears in no log there.
    """
    token_hash = LinkToken(token).hash
    if Invitation.objects.with_token(token_hash).exists():
        request.session[FOLLOWED] = token_hash
    else:
        request.session.pop(FOLLOWED, None)
    return redirect("accounts:accept")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def accept(request: HttpRequest) -> HttpResponse:
    invitations = Invitation.objects.with_token(request.session.get(FOLLOWED, ""))
    invitation = invitations.select_related("customer", "home_org_unit").first()
    if invitation is None:
        return render(request, "accounts/invitation_ended.html", status=410)
    form = AcceptForm(request.POST or None, email=invitation.email, initial={"name": invitation.name})
    if request.method == "POST" and form.is_valid():
        try:
            user = services.invitation_accept(invitation=invitation, **form.cleaned_data)
        except Refused as reason:
            return render(request, "accounts/invitation_ended.html", {"reason": reason}, status=410)
        logout(request)  # another user may be signed in on this device
        welcome: HttpResponse = perform_login(request, user)
        return welcome
    return render(request, "accounts/accept.html", {"form": form, "invitation": invitation})
