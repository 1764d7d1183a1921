"""Pages for Beanworks' own people: the board of all customers, and the queue of API Sync Profile requests."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from accounts.access import PersonRequest, beanworks_only, support_only
from accounts.models import Customer
from audit.models import AuditEvent
from operations.forms import BoardFilter, DeclineForm
from operations.rows import BoardRow
from wizard import services
from wizard.models import Connection, Finding, Outcome, SyncProfile
from wizard.services import Refused


@beanworks_only
def board(request: PersonRequest) -> HttpResponse:
    """Every customer, those without a connection too; the person's own ones first."""
    form = BoardFilter(request.GET)
    connections = form.filtered(Connection.objects.visible_to(request.user).for_board())
    rows = [BoardRow(each, mine=each.customer.success_manager_id == request.user.pk) for each in connections]
    context = {
        "form": form,
        "rows": sorted(rows, key=lambda row: not row.mine),
        "not_started": Customer.objects.visible_to(request.user).filter(connections=None).order_by("name"),
    }
    return render(request, "operations/board.html", context)


@beanworks_only
def connection(request: PersonRequest, pk: int) -> HttpResponse:
    """One connection from Beanworks' side: what happened, and the way to the customer's own pages."""
    found = get_object_or_404(Connection.objects.select_related("customer"), pk=pk)
    context = {
        "connection": found,
        "row": BoardRow(found, mine=False),
        "profiles": found.profiles.select_related("legal_entity"),
        "events": AuditEvent.objects.for_timeline(found.customer_id)[:50],
    }
    return render(request, "operations/connection.html", context)


@support_only
def queue(request: PersonRequest) -> HttpResponse:
    decided = SyncProfile.objects.exclude(decided_at=None).select_related("legal_entity", "decided_by")
    context = {"waiting": SyncProfile.objects.for_queue(), "decided": decided.order_by("-decided_at")[:10]}
    return render(request, "operations/queue.html", context)


@support_only
def request_page(request: PersonRequest, profile_pk: int) -> HttpResponse:
    return _request_page(request, profile_pk, DeclineForm())


def _request_page(request: PersonRequest, profile_pk: int, form: DeclineForm) -> HttpResponse:
    """What it takes to decide: who asks for what, and what Intacct said of the connection."""
    people = ("requested_by", "claimed_by", "decided_by")
    wanted = SyncProfile.objects.select_related("connection__customer", "legal_entity", *people)
    profile = get_object_or_404(wanted, pk=profile_pk)
    current = Finding.objects.filter(pk__in=Finding.objects.current(profile.connection).values("pk"))
    counts = dict(current.values_list("outcome").annotate(Count("pk")).order_by())
    context = {
        "profile": profile,
        "form": form,
        "outcomes": [(outcome.value, counts[outcome]) for outcome in Outcome if counts.get(outcome)],
        "own": profile.requested_by_id == request.user.pk,
        "mine": profile.claimed_by_id == request.user.pk,
    }
    return render(request, "operations/request.html", context)


def _act(service: Callable[..., None]) -> Callable[..., HttpResponse]:
    """A button of the queue: do it, or say why not, and show the request again."""

    @support_only
    @require_POST
    def view(request: PersonRequest, profile_pk: int) -> HttpResponse:
        profile = get_object_or_404(SyncProfile, pk=profile_pk)
        _or_say(request, service, profile=profile, actor=request.user)
        return redirect("operations:request", profile_pk)

    return view


def _or_say(request: PersonRequest, service: Callable[..., None], **arguments: Any) -> None:
    try:
        service(**arguments)
    except Refused as reason:
        messages.error(request, str(reason))


claim = _act(services.profile_claim)
release = _act(services.profile_release)
approve = _act(services.profile_approve)


@support_only
@require_POST
def decline(request: PersonRequest, profile_pk: int) -> HttpResponse:
    form = DeclineForm(request.POST)
    if not form.is_valid():
        return _request_page(request, profile_pk, form)
    profile = get_object_or_404(SyncProfile, pk=profile_pk)
    reason = form.cleaned_data["reason"]
    _or_say(request, services.profile_decline, profile=profile, actor=request.user, reason=reason)
    return redirect("operations:request", profile_pk)
