"""The way in for a guest: the link, and the page on which it is opened."""

from contextlib import suppress

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from wizard import services
from wizard.access import OPENED
from wizard.models import Handover
from wizard.models.handover import token_hashed
from wizard.stages import STAGE

# In the session: the hash of the token of the link that was followed, not opened yet.
FOLLOWED = "handover_followed"
# Links that open nothing, from one address.
TRIES, TRIES_SECONDS = 20, 60


@never_cache
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the token out of the address at once, and answers the same whatever it is worth: no log gets to see one,
    and a mail program that looks at links before the person does opens nothing.
    """
    request.session[FOLLOWED] = token_hashed(token)
    response = redirect("handover:begin")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Who asks for what; a POST opens the link, for this browser and no other."""
    followed, opened = request.session.get(FOLLOWED, ""), request.session.get(OPENED, "")
    tries = f"handover-tries:{get_adapter().get_client_ip(request)}"
    if cache.get(tries, 0) >= TRIES:
        return render(request, "wizard/guest_closed.html", {"too_many": True}, status=429)
    handover = Handover.objects.by_link(followed) or Handover.objects.by_link(opened)
    if handover and handover.opened_at and opened == handover.token_hash:
        return redirect("wizard:stage", handover.connection_id, handover.stages[0])
    if handover is None or handover.opened_at:
        _count(tries)
        return render(request, "wizard/guest_closed.html", status=404)
    if request.method != "POST":
        stages = [STAGE[slug] for slug in handover.stages if slug in STAGE]
        return render(request, "wizard/guest_begin.html", {"handover": handover, "stages": stages})
    if services.handover_open(token_hash=followed):
        request.session[OPENED] = request.session.pop(FOLLOWED)
        request.session.cycle_key()
        if not request.user.is_authenticated:  # a guest comes back for as long as the link lives
            request.session.set_expiry(handover.expires_at)
    return redirect("handover:begin")


def _count(tries: str) -> None:
    cache.add(tries, 0, TRIES_SECONDS)
    with suppress(ValueError):  # it ended between the two
        cache.incr(tries)
