from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import UserRequest, support_only
from accounts.interrupted_posts import restore_typed
from core.refusals import show_refusal_to
from operations.business_hours import business_hours, hours_of
from operations.charts import DAYS, service_weeks
from operations.forms import AskForm, DeclineForm, RevokeForm
from operations.models import CannedText
from operations.queue_place import place_in_queue
from operations.verdict import verdict_on
from wizard import services
from wizard.models import SupportSettings, SyncProfile
from wizard.stages import SIGN_IN_STAGE


@support_only
def queue(request: UserRequest) -> HttpResponse:
    waiting = list(SyncProfile.objects.for_queue().prefetch_related("questions"))
    recent = SyncProfile.objects.filter(decided_at__gte=timezone.now() - timedelta(days=DAYS))
    decided = recent.order_by("-decided_at").prefetch_related("questions")
    newest = list(decided.select_related("legal_entity", "connection__customer", "decided_by", "ended_by")[:10])
    support = SupportSettings.current()
    hours = hours_of(support)
    context = {
        "ours": [profile for profile in waiting if profile.is_with_beanworks],
        "theirs": [profile for profile in waiting if not profile.is_with_beanworks],
        "decided": newest,
        "weeks": service_weeks(recent, hours) if newest else [],
        "business_hours": hours,
        "support": support,
    }
    return render(request, "operations/queue.html", context)


@support_only
def request_page(request: UserRequest, profile_pk: int) -> HttpResponse:
    return _request_page(request, profile_pk)


def _request_page(request: UserRequest, profile_pk: int, **forms: forms.Form) -> HttpResponse:
    """Show what support needs to decide: who requests what, and what Intacct reported about the connection."""
    profiles = SyncProfile.objects.select_related(
        "connection__customer__success_manager",
        "legal_entity__org_unit",
        "replaces",
        "ended_by",
        "requested_by",
        "claimed_by",
        "decided_by",
    ).prefetch_related("questions__asked_by", "questions__answered_by")
    profile = get_object_or_404(profiles, pk=profile_pk)
    language = requester_language(profile)
    texts = offered_texts(language)
    forms = {
        "ask": _text_form(request, AskForm, profile, "ask", texts),
        "decline": _text_form(request, DeclineForm, profile, "decline", texts),
        "revoke": _restored(request, RevokeForm(prefix="revoke"), profile, "revoke"),
    } | forms
    context = {
        "profile": profile,
        "verdict": verdict_on(profile.connection),
        "checks_url": reverse("wizard:stage", args=[profile.connection_id, SIGN_IN_STAGE.slug]),
        "others": profile.connection.profiles.exclude(pk=profile.pk).select_related("legal_entity"),
        "approval_refusal": services.approval_refusal(profile) if profile.is_waiting else "",
        "refusal": services.decision_refusal(profile, request.user),
        "undo_until": None if services.undo_refusal(profile, request.user) else services.undo_until(profile),
        "undo_minutes": settings.UNDO_MINUTES,
        "kept_days": settings.ENDED_LISTS_DAYS,
        "business_hours": business_hours(),
        "mine": profile.claimed_by_id == request.user.pk,
        "place": place_in_queue(profile, request.user),
        "canned_texts": texts,
        "language": language,
        "decision": next((name for name, form in forms.items() if form.is_bound or any(form.initial.values())), ""),
    }
    return render(request, "operations/request.html", context | forms)


def offered_texts(language: str) -> dict[str, dict[str, str]]:
    """Return the ready-made texts in this language by the name of their form and by their key."""
    texts: dict[str, dict[str, str]] = {purpose: {} for purpose in CannedText.Purpose.values}
    for text in CannedText.objects.filter(is_offered=True):
        texts[text.purpose][str(text.pk)] = text.text_in(language)
    return texts


def _text_form(
    request: UserRequest,
    kind: type[AskForm | DeclineForm],
    profile: SyncProfile,
    name: str,
    texts: dict[str, dict[str, str]],
) -> forms.Form:
    """Return the form with the ready-made text that its link chose, or with what was typed before signing in."""
    text = texts[name].get(request.GET.get(name, ""), "")
    return _restored(request, kind(prefix=name, initial={kind.text: text}), profile, name)


def _restored(request: UserRequest, form: forms.Form, profile: SyncProfile, name: str) -> forms.Form:
    return restore_typed(request, form, reverse(f"operations:{name}", args=[profile.pk]))


def requester_language(profile: SyncProfile) -> str:
    return profile.requested_by.language if profile.requested_by else settings.LANGUAGE_CODE


@support_only
@require_POST
def claim(request: UserRequest, profile_pk: int) -> HttpResponse:
    return _carry_out(request, services.profile_claim, profile_pk)


@support_only
@require_POST
def release(request: UserRequest, profile_pk: int) -> HttpResponse:
    return _carry_out(request, services.profile_release, profile_pk)


@support_only
@require_POST
def approve(request: UserRequest, profile_pk: int) -> HttpResponse:
    return _carry_out(request, services.profile_approve, profile_pk)


@support_only
@require_POST
def ask(request: UserRequest, profile_pk: int) -> HttpResponse:
    form = AskForm(request.POST, prefix="ask")
    if not form.is_valid():
        return _request_page(request, profile_pk, ask=form)
    return _carry_out(request, services.profile_ask, profile_pk, **form.cleaned_data)


@support_only
@require_POST
def decline(request: UserRequest, profile_pk: int) -> HttpResponse:
    form = DeclineForm(request.POST, prefix="decline")
    if not form.is_valid():
        return _request_page(request, profile_pk, decline=form)
    return _carry_out(request, services.profile_decline, profile_pk, **form.cleaned_data)


@support_only
@require_POST
def undo(request: UserRequest, profile_pk: int) -> HttpResponse:
    return _carry_out(request, services.profile_undo_approval, profile_pk)


@support_only
@require_POST
def revoke(request: UserRequest, profile_pk: int) -> HttpResponse:
    form = RevokeForm(request.POST, prefix="revoke")
    if not form.is_valid():
        return _request_page(request, profile_pk, revoke=form)
    return _carry_out(request, services.profile_revoke, profile_pk, **form.cleaned_data)


def _carry_out(request: UserRequest, service: Callable[..., None], profile_pk: int, **fields: Any) -> HttpResponse:
    """Call the service and show the request again, with the reason if the service refused."""
    profile = get_object_or_404(SyncProfile, pk=profile_pk)
    with show_refusal_to(request):
        service(profile=profile, actor=request.user, **fields)
    return redirect("operations:request", profile_pk)
