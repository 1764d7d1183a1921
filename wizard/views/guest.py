"""The way in for a guest: the link, and the page on which it is opened."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.limits import LimitReached, source_of, use_limit
from wizard import services
from wizard.access import OPENED
from wizard.models import Handover
from wizard.models.handover import token_hashed
from wizard.stages import STAGE

# In the session: the hash of the token of the link that was followed, not opened yet.
FOLLOWED = "handover_followed"


@never_cache
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Takes the token out of the address at once: no log gets to see one, and a mail program that looks at links before
    the guest does opens nothing. A link that opens nothing leaves nothing in a session.
    """
    followed = token_hashed(token)
    if _opens(Handover.objects.by_link(followed), request):
        request.session[FOLLOWED] = followed
    else:
        request.session.pop(FOLLOWED, None)
        try:
            use_limit("dead_link", followed)
            use_limit("dead_links_by_source", source_of(request))
        except LimitReached as reached:
            return _too_many(request, reached)
    response = redirect("handover:begin")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _opens(handover: Handover | None, request: HttpRequest) -> bool:
    """It was not opened yet, or in this browser."""
    return handover is not None and (not handover.opened_at or handover.token_hash == request.session.get(OPENED))


def _too_many(request: HttpRequest, reached: LimitReached) -> HttpResponse:
    response = render(request, "wizard/guest_closed.html", {"too_many": reached}, status=429)
    response.headers["Retry-After"] = str(reached.seconds)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Who asks for what; a POST opens the link, for this browser and no other."""
    followed, opened = request.session.get(FOLLOWED, ""), request.session.get(OPENED, "")
    handover = Handover.objects.by_link(followed) or Handover.objects.by_link(opened)
    if handover and handover.opened_at and opened == handover.token_hash:
        return redirect("wizard:stage", handover.connection_id, handover.stages[0])
    if handover is None or handover.opened_at:
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
