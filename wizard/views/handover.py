"""Handing steps over: who has them, what they did, a new link, an end."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.interrupted import restored
from core.links import absolute
from core.sentences import Sentence
from intacct.secret import Secret
from wizard import services
from wizard.access import VisitorRequest, connection_for, may_act, wizard_page
from wizard.handovers import HandoverForm, handed
from wizard.models import Connection, Handover
from wizard.services import Refused

# In the session: the link of the handover that was just made.
LINK = "handover_link"


@wizard_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: VisitorRequest, pk: int) -> HttpResponse:
    """Who has which steps of the connection; a POST hands some over."""
    connection = connection_for(request, pk, act=request.method == "POST")
    form = restored(request, HandoverForm(request.POST or None))
    if not form.is_valid():
        return _page(request, connection, form=form)
    try:
        made, token = services.handover_make(connection=connection, actor=request.user, **form.cleaned_data)
    except Refused as reason:
        form.add_error("email", str(reason))
        return _page(request, connection, form=form)
    return _show_link(request, made, token)


@wizard_page
@never_cache
@require_POST
def handover_renew(request: VisitorRequest, pk: int, handover_pk: int) -> HttpResponse:
    connection = connection_for(request, pk, act=True)
    renewed = get_object_or_404(connection.handovers, pk=handover_pk)
    try:
        token = services.handover_renew(handover=renewed, actor=request.user)
    except Refused as reason:
        messages.error(request, str(reason))
        return redirect("wizard:handover", pk)
    return _show_link(request, renewed, token)


@wizard_page
@require_POST
def handover_take_over(request: VisitorRequest, pk: int, handover_pk: int) -> HttpResponse:
    connection = connection_for(request, pk, act=True)
    handover = get_object_or_404(connection.handovers, pk=handover_pk)
    services.handover_take_over(handover=handover, actor=request.user)
    words = _("You are now responsible for the handover to %(name)s. The link works until it expires.")
    messages.success(request, Sentence(words, {"name": handover.name}))
    return redirect("wizard:handover", pk)


@wizard_page
@require_http_methods(["GET", "HEAD", "POST"])
def handover_revoke(request: VisitorRequest, pk: int, handover_pk: int) -> HttpResponse:
    connection = connection_for(request, pk, act=True)
    revoked = get_object_or_404(connection.handovers, pk=handover_pk)
    if revoked.revoked_at:
        messages.info(request, _("This handover was ended. Make a new one."))
        return redirect("wizard:handover", pk)
    if request.method != "POST":
        return render(request, "wizard/handover_revoke.html", {"connection": connection, "handover": revoked})
    services.handover_revoke(handover=revoked, actor=request.user)
    return redirect("wizard:handover", pk)


def _show_link(request: VisitorRequest, made: Handover, token: Secret) -> HttpResponse:
    """On the page that comes next, and on no other: after that, neither we nor the user can show it again."""
    link = absolute(resolve_url("handover:link", token.reveal()))
    request.session[LINK] = {"connection": made.connection_id, "name": made.name, "link": link}
    return redirect("wizard:handover", made.connection_id)


def _page(request: VisitorRequest, connection: Connection, *, form: HandoverForm) -> HttpResponse:
    made = request.session.get(LINK)
    if made and made["connection"] == connection.pk:
        del request.session[LINK]
    else:
        made = None
    context = {"connection": connection, "handed": handed(connection), "form": form, "made": made}
    return render(request, "wizard/handover.html", context | {"acts": may_act(request.visitor)})
