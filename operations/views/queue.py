from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import UserRequest, support_only
from accounts.interrupted_posts import restored
from core.text import Words
from operations.charts import DAYS, service_weeks
from operations.forms import AskForm, DeclineForm
from wizard import services
from wizard.diagnoses import explain
from wizard.models import PROBLEM_OUTCOMES, Connection, Finding, Outcome, SyncProfile
from wizard.services import Refused
from wizard.stages import SIGN_IN_STAGE, check_titles


@support_only
def queue(request: UserRequest) -> HttpResponse:
    profiles = SyncProfile.objects.prefetch_related("questions")
    waiting = list(profiles.for_queue())
    decided = profiles.filter(decided_at__gte=timezone.now() - timedelta(days=DAYS)).order_by("-decided_at")
    recent = list(decided.select_related("legal_entity", "connection__customer", "decided_by"))
    context = {
        "ours": [profile for profile in waiting if profile.is_with_beanworks],
        "theirs": [profile for profile in waiting if not profile.is_with_beanworks],
        "decided": recent[:10],
        "weeks": service_weeks(recent),
    }
    return render(request, "operations/queue.html", context)


@support_only
def request_page(request: UserRequest, profile_pk: int) -> HttpResponse:
    return _request_page(request, profile_pk)


def _request_page(request: UserRequest, profile_pk: int, **forms: forms.Form) -> HttpResponse:
    """Show what support needs to decide: who requests what, and what Intacct reported about the connection."""
    people = ("requested_by", "claimed_by", "decided_by")
    wanted = SyncProfile.objects.select_related(
        "connection__customer__success_manager", "legal_entity__org_unit", *people
    )
    profile = get_object_or_404(wanted.prefetch_related("questions__asked_by", "questions__answered_by"), pk=profile_pk)
    current = Finding.objects.filter(pk__in=Finding.objects.current(profile.connection).values("pk"))
    counts = dict(current.values_list("outcome").annotate(Count("pk")).order_by())
    context = {
        "profile": profile,
        "outcomes": [(outcome.value, counts[outcome]) for outcome in Outcome if counts.get(outcome)],
        "checks_url": reverse("wizard:stage", args=[profile.connection_id, SIGN_IN_STAGE.slug]),
        "troubles": _troubles(profile.connection, current),
        "others": profile.connection.profiles.exclude(pk=profile.pk).select_related("legal_entity"),
        "approval_refusal": services.approval_refusal(profile) if profile.is_waiting else "",
        "refusal": services.decision_refusal(profile, request.user),
        "mine": profile.claimed_by_id == request.user.pk,
        "ask": restored(request, AskForm(prefix="ask"), reverse("operations:ask", args=[profile_pk])),
        "decline": restored(request, DeclineForm(prefix="decline"), reverse("operations:decline", args=[profile_pk])),
    }
    return render(request, "operations/request.html", context | forms)


def _troubles(connection: Connection, current: QuerySet[Finding]) -> list[tuple[str, Words, str]]:
    """Return the outcome, the check's title and what is wrong, for each failed check."""
    titles = check_titles(connection.company)
    findings = current.filter(outcome__in=PROBLEM_OUTCOMES)
    return [
        (finding.outcome, titles.get(finding.check_slug, finding.check_slug), explain(finding).headline)
        for finding in findings
    ]


def _view_for(service: Callable[..., None]) -> Callable[..., HttpResponseBase]:
    """Return the view of a button of the queue: do it, or say why not, and show the request again."""

    @support_only
    @require_POST
    def view(request: UserRequest, profile_pk: int) -> HttpResponse:
        return _carry_out(request, service, profile_pk)

    return view


def _view_with_form(name: str, kind: type[forms.Form], service: Callable[..., None]) -> Callable[..., HttpResponseBase]:
    """Return the view of a button with a form. If the form is not valid, what was typed stays."""

    @support_only
    @require_POST
    def view(request: UserRequest, profile_pk: int) -> HttpResponse:
        form = kind(request.POST, prefix=name)
        if not form.is_valid():
            return _request_page(request, profile_pk, **{name: form})
        return _carry_out(request, service, profile_pk, **form.cleaned_data)

    return view


def _carry_out(request: UserRequest, service: Callable[..., None], profile_pk: int, **words: Any) -> HttpResponse:
    profile = get_object_or_404(SyncProfile, pk=profile_pk)
    try:
        service(profile=profile, actor=request.user, **words)
    except Refused as reason:
        messages.error(request, str(reason))
    return redirect("operations:request", profile_pk)


claim = _view_for(services.profile_claim)
release = _view_for(services.profile_release)
approve = _view_for(services.profile_approve)
ask = _view_with_form("ask", AskForm, services.profile_ask)
decline = _view_with_form("decline", DeclineForm, services.profile_decline)
