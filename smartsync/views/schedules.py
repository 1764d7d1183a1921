"""The pages of schedules: when partial syncs start by themselves."""

from collections.abc import Callable
from functools import partial

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import UserRequest
from accounts.interrupted_posts import restore_typed
from core.refusals import show_refusal_in
from core.transactions import atomic_post
from intacct.maintenance import next_window
from smartsync import services
from smartsync.access import acting_page, may_act, profile_for, schedule_for, smartsync_page
from smartsync.forms import ScheduleForm
from smartsync.maintenance import window_words
from smartsync.models import MissedRun, Schedule
from smartsync.pages.next_action import blocked_sign_ins

MISSED = 10


@smartsync_page
@require_http_methods(["GET", "HEAD", "POST"])
def schedules(request: UserRequest, profile_pk: int) -> HttpResponse:
    """A profile's schedules, the rules for them, and a form for one more."""
    profile = profile_for(request, profile_pk)
    form = restore_typed(request, ScheduleForm(profile.legal_entity.zone.key, request.POST or None))
    if _save(form, partial(services.schedule_create, profile=profile, actor=request.user)):
        return redirect("smartsync:schedules", profile.pk)
    missed = MissedRun.objects.filter(schedule__profile=profile).select_related("schedule")
    rows = list(profile.schedules.all())
    context = {
        "profile": profile,
        "schedules": rows,
        "rules": services.rules_for(profile),
        "missed": missed[:MISSED],
        "form": form,
        "acts": may_act(request.user),
        "blocked": blocked_sign_ins([profile] if profile.is_synced else [], request.user),
        # A schedule with a time in the maintenance says so itself.
        "is_warned": any(schedule.in_maintenance for schedule in rows),
        "maintenance": window_words(next_window(timezone.now())),
    }
    return render(request, "smartsync/schedules.html", context)


@acting_page
@require_http_methods(["GET", "HEAD", "POST"])
@atomic_post
def change(request: UserRequest, schedule_pk: int) -> HttpResponse:
    schedule = schedule_for(request, schedule_pk)
    if request.method == "POST":
        # Locked, so that no other change is saved after the form was compared with what is stored.
        schedule.refresh_from_db(from_queryset=Schedule.objects.select_for_update())
    stored = {name: getattr(schedule, name) for name in ("days", "every_hours", "at")}
    stored["time_zone"] = schedule.zone.key
    form = restore_typed(request, ScheduleForm(schedule.zone.key, request.POST or None, stored=stored))
    if _save(form, partial(services.schedule_change, schedule=schedule, actor=request.user)):
        return redirect("smartsync:schedules", schedule.profile_id)
    return render(request, "smartsync/schedule.html", {"schedule": schedule, "profile": schedule.profile, "form": form})


@acting_page
@require_POST
def pause(request: UserRequest, schedule_pk: int) -> HttpResponse:
    schedule = schedule_for(request, schedule_pk)
    services.schedule_pause(schedule=schedule, actor=request.user)
    return redirect("smartsync:schedules", schedule.profile_id)


@acting_page
@require_POST
def resume(request: UserRequest, schedule_pk: int) -> HttpResponse:
    schedule = schedule_for(request, schedule_pk)
    services.schedule_resume(schedule=schedule, actor=request.user)
    return redirect("smartsync:schedules", schedule.profile_id)


@acting_page
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: UserRequest, schedule_pk: int) -> HttpResponse:
    schedule = schedule_for(request, schedule_pk)
    if request.method == "POST":
        services.schedule_remove(schedule=schedule, actor=request.user)
        return redirect("smartsync:schedules", schedule.profile_id)
    return render(request, "smartsync/schedule_remove.html", {"schedule": schedule, "profile": schedule.profile})


def _save(form: ScheduleForm, save: Callable[..., object]) -> bool:
    """Call `save` with the values of a valid form. Returns whether it accepted them; if not, the form shows why."""
    if form.is_valid():
        with show_refusal_in(form):
            save(**form.cleaned_data)
    return form.is_valid()
