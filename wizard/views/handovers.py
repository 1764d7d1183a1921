"""The pages of handovers: list, create, renew, take over and end them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.interrupted_posts import restore_typed
from core.isolated_text import Sentence
from core.links import absolute_url
from core.refusals import show_refusal_in, show_refusal_to
from core.tokens import LinkToken
from wizard import services
from wizard.access import PREVIEWED, VisitorRequest, connection_for, may_act, wizard_page
from wizard.models import Connection, Handover
from wizard.pages.handovers import AddressForm, HandoverForm, StagesForm, begin_context, handovers_with_history

# Session key. Its value is the link of the handover that was just created.
LINK = "handover_link"


@wizard_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: VisitorRequest, pk: int) -> HttpResponse:
    """Show who has which steps of the connection. A POST hands steps over, by email or on paper."""
    connection = connection_for(request, pk, act=request.method == "POST")
    if "print" in request.POST:
        return redirect(f"{resolve_url('wizard:printout', pk)}?{_stages_query(request)}")
    form = restore_typed(request, HandoverForm(request.POST or None, connection=connection))
    if form.is_valid():
        with show_refusal_in(form, "email"):
            row, token = services.handover_make(connection=connection, actor=request.user, **form.cleaned_data)
            return _show_link_once(request, row, token)
    return _page(request, connection, form=form)


@wizard_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def handover_address(request: VisitorRequest, pk: int, handover_pk: int) -> HttpResponse:
    """Correct the guest's address and send the link there."""
    connection = connection_for(request, pk, act=True)
    corrected = get_object_or_404(connection.handovers, pk=handover_pk)
    form = restore_typed(request, AddressForm(request.POST or None, initial={"email": corrected.email}))
    if form.is_valid():
        with show_refusal_in(form, "email"):
            token = services.handover_correct_address(handover=corrected, actor=request.user, **form.cleaned_data)
            corrected.refresh_from_db()
            return _show_link_once(request, corrected, token)
    return render(request, "wizard/handover_address.html", {"handover": corrected, "form": form})


@wizard_page
@require_http_methods(["GET", "HEAD", "POST"])
def handover_preview(request: VisitorRequest, pk: int, handover_pk: int) -> HttpResponse:
    """Show what the guest sees first. A POST goes on to the steps; every page outside of them ends the preview."""
    connection = connection_for(request, pk, act=True)
    handover = get_object_or_404(connection.handovers.select_related("created_by"), pk=handover_pk)
    if request.method != "POST":
        return render(request, "wizard/guest_begin.html", begin_context(handover) | {"is_preview": True})
    request.session[PREVIEWED] = handover.pk
    return redirect("wizard:stage", pk, handover.stages[0])


@wizard_page
@never_cache
@require_POST
def handover_renew(request: VisitorRequest, pk: int, handover_pk: int) -> HttpResponse:
    connection = connection_for(request, pk, act=True)
    renewed = get_object_or_404(connection.handovers, pk=handover_pk)
    with show_refusal_to(request):
        token = services.handover_renew(handover=renewed, actor=request.user)
        return _show_link_once(request, renewed, token)
    return redirect("wizard:handover", pk)


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
        messages.info(request, _("This handover was revoked. Create a new one."))
        return redirect("wizard:handover", pk)
    if request.method != "POST":
        return render(request, "wizard/handover_revoke.html", {"connection": connection, "handover": revoked})
    services.handover_revoke(handover=revoked, actor=request.user)
    return redirect("wizard:handover", pk)


def _show_link_once(request: VisitorRequest, row: Handover, token: LinkToken) -> HttpResponse:
    """Show the link on the next page only. Only its hash is stored, so nothing can show it again after that."""
    link = absolute_url(resolve_url("handover:link", token.reveal()))
    request.session[LINK] = {"connection": row.connection_id, "email": row.email, "link": link}
    return redirect("wizard:handover", row.connection_id)


def _stages_query(request: VisitorRequest) -> str:
    return urlencode({"stages": StagesForm(request.POST).slugs()}, doseq=True)


def _page(request: VisitorRequest, connection: Connection, *, form: HandoverForm) -> HttpResponse:
    new_link = request.session.get(LINK)
    if new_link and new_link["connection"] == connection.pk:
        del request.session[LINK]
    else:
        new_link = None
    context = {"connection": connection, "handed": handovers_with_history(connection), "form": form, "made": new_link}
    return render(request, "wizard/handover.html", context | {"acts": may_act(request.visitor)})
