"""Decisions about records that a full run found missing, and the share of a list above which it asks."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import UserRequest
from smartsync import services
from smartsync.access import deciding_page, guarding_page, hold_for, profile_for
from smartsync.forms import GuardForm, StartForm
from smartsync.models import Hold
from smartsync.views.profiles import profile_page
from wizard.models import SyncProfile


@deciding_page
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: UserRequest, hold_pk: int) -> HttpResponse:
    """Ask for a second confirmation, since records that are marked as deleted here are deleted in Beanworks."""
    hold = hold_for(request, hold_pk)
    if request.method != "POST":
        return _confirm_page(request, hold)
    services.hold_confirm(hold=hold, actor=request.user)
    _show_decision(request, hold, Hold.Decision.CONFIRMED)
    return redirect("smartsync:list", hold.profile_id, hold.list)


@deciding_page
@require_POST
def reject(request: UserRequest, hold_pk: int) -> HttpResponse:
    hold = hold_for(request, hold_pk)
    services.hold_reject(hold=hold, actor=request.user)
    _show_decision(request, hold, Hold.Decision.REJECTED)
    return redirect("smartsync:list", hold.profile_id, hold.list)


def _confirm_page(request: UserRequest, hold: Hold) -> HttpResponse:
    if hold.decision:
        return redirect("smartsync:list", hold.profile_id, hold.list)
    return render(request, "smartsync/hold_confirm.html", {"hold": hold, "profile": hold.profile})


@guarding_page
@require_POST
@transaction.atomic
def guard(request: UserRequest, profile_pk: int) -> HttpResponse:
    profile = profile_for(request, profile_pk)
    # Locked, so that no other change is saved after the form was compared with what is stored.
    profile.refresh_from_db(from_queryset=SyncProfile.objects.select_for_update(no_key=True))
    form = GuardForm(profile, request.POST)
    if not form.is_valid():
        return profile_page(request, profile, StartForm(profile), guard=form)
    services.guard_change(profile=profile, actor=request.user, **form.cleaned_data)
    messages.success(request, _("Saved."))
    return redirect("smartsync:profile", profile.pk)


def _show_decision(request: UserRequest, hold: Hold, answer: Hold.Decision) -> None:
    """Show the decision that counts, which may be another one than this answer.

    The page may be old: another administrator may have answered first, or a sync may have found the records.
    """
    hold.refresh_from_db()
    if hold.decision == answer:
        messages.success(request, _decision_text(answer))
    elif hold.decision == Hold.Decision.RETURNED:
        messages.warning(request, _("A sync has found these records in Intacct again, so your answer changed nothing."))
    else:
        words = _("This was already answered, so your answer changed nothing. The earlier answer: %(answer)s")
        messages.warning(request, words % {"answer": _decision_text(Hold.Decision(hold.decision))})


def _decision_text(decision: Hold.Decision) -> str:
    if decision == Hold.Decision.CONFIRMED:
        return _("Confirmed. The records that are still missing or inactive have been marked.")
    return _("Rejected. The records stay as they are.")
