"""How a guest starts: the link, and the page on which the guest opens it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.rate_limits import LimitReached, source_of, use_limit
from core.tokens import LinkToken
from wizard import services
from wizard.access import OPENED
from wizard.models import Handover
from wizard.pages.handovers import begin_context

# Session key. Its value is the hash of the token of a link that was followed but not opened yet.
FOLLOWED = "handover_followed"


@never_cache
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Move the token from the address to the session, so that it appears in no later request or log.

    Following the link does not open it: email programs fetch links before their readers do. A link that does not work
    leaves nothing in the session.
    """
    followed = LinkToken(token).hash
    if Handover.objects.by_link(followed):
        request.session[FOLLOWED] = followed
    else:
        request.session.pop(FOLLOWED, None)
        try:
            use_limit("dead_link", followed)
            use_limit("dead_links_by_source", source_of(request))
        except LimitReached as reached:
            return _too_many_attempts(request, reached)
    response = redirect("handover:begin")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _too_many_attempts(request: HttpRequest, reached: LimitReached) -> HttpResponse:
    response = render(request, "wizard/guest_closed.html", {"too_many": reached}, status=429)
    response.headers["Retry-After"] = str(reached.seconds)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Show who hands over what. A POST opens the link, for this browser only."""
    followed, opened = request.session.get(FOLLOWED, ""), request.session.get(OPENED, "")
    handover = Handover.objects.by_link(followed) or Handover.objects.by_link(opened)
    if handover and handover.opened_at and opened == handover.token_hash:
        return redirect("wizard:stage", handover.connection_id, handover.stages[0])
    if handover is None:
        return render(request, "wizard/guest_closed.html", status=404)
    if handover.opened_at:
        return redirect("handover:move")
    if request.method != "POST":
        return render(request, "wizard/guest_begin.html", begin_context(handover))
    if services.handover_open(token_hash=followed, user_agent=request.headers.get("User-Agent", "")):
        request.session[OPENED] = request.session.pop(FOLLOWED)
        request.session.cycle_key()
        if not request.user.is_authenticated:  # a guest can come back until the link expires
            request.session.set_expiry(handover.expires_at)
    return redirect("handover:begin")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest) -> HttpResponse:
    """Let a guest continue on another device: a POST emails a new link to their mailbox, and the old link ends."""
    followed, opened = request.session.get(FOLLOWED, ""), request.session.get(OPENED, "")
    handover = Handover.objects.by_link(followed) or Handover.objects.by_link(opened)
    if handover is None:
        return render(request, "wizard/guest_closed.html", status=404)
    context = {"handover": handover, "mailbox": _hint_of(handover.email), "is_here": handover.token_hash == opened}
    if request.method != "POST":
        return render(request, "wizard/guest_move.html", context)
    try:
        services.handover_move(handover=handover)
    except LimitReached as reached:
        return render(request, "wizard/guest_move.html", context | {"too_many": reached}, status=429)
    return render(request, "wizard/guest_move.html", context | {"is_sent": True})


def _hint_of(email: str) -> str:
    """The guest knows their address; a reader of a forwarded link does not learn it."""
    return f"{email[0]}…@{email.partition('@')[2]}"
