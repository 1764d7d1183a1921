"""When partial syncs run by themselves."""

from collections.abc import Callable
from functools import partial

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import PersonRequest
from accounts.interrupted import restored
from smartsync import services
from smartsync.access import acting_page, may_act, profile_for, schedule_for, smartsync_page
from smartsync.forms import ScheduleForm
from smartsync.models import MissedRun
from wizard.services import Refused

MISSED = 10


@smartsync_page
@require_http_methods(["GET", "HEAD", "POST"])
def schedules(request: PersonRequest, profile_pk: int) -> HttpResponse:
    """A profile's schedules, the rules for them, and a form for one more."""
    found = profile_for(request, profile_pk)
    form = restored(request, ScheduleForm(found.legal_entity.zone.key, request.POST or None))
    if _saved(form, partial(services.schedule_create, profile=found, actor=request.user)):
        return redirect("smartsync:schedules", found.pk)
    missed = MissedRun.objects.filter(schedule__profile=found).select_related("schedule")
    context = {
        "profile": found,
        "schedules": found.schedules.all(),
        "rules": services.rules_for(found),
        "missed": missed[:MISSED],
        "form": form,
        "acts": may_act(request.user),
    }
    return render(request, "smartsync/schedules.html", context)


@acting_page
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: PersonRequest, schedule_pk: int) -> HttpResponse:
    found = schedule_for(request, schedule_pk)
    stored = {"days": found.days, "at": found.at}
    form = restored(request, ScheduleForm(found.zone.key, request.POST or None, initial=stored))
    if _saved(form, partial(services.schedule_change, schedule=found, actor=request.user)):
        return redirect("smartsync:schedules", found.profile_id)
    return render(request, "smartsync/schedule.html", {"schedule": found, "profile": found.profile, "form": form})


@acting_page
@require_POST
def pause(request: PersonRequest, schedule_pk: int) -> HttpResponse:
    found = schedule_for(request, schedule_pk)
    services.schedule_pause(schedule=found, actor=request.user)
    return redirect("smartsync:schedules", found.profile_id)


@acting_page
@require_POST
def resume(request: PersonRequest, schedule_pk: int) -> HttpResponse:
    found = schedule_for(request, schedule_pk)
    services.schedule_resume(schedule=found, actor=request.user)
    return redirect("smartsync:schedules", found.profile_id)


@acting_page
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: PersonRequest, schedule_pk: int) -> HttpResponse:
    found = schedule_for(request, schedule_pk)
    if request.method == "POST":
        services.schedule_remove(schedule=found, actor=request.user)
        return redirect("smartsync:schedules", found.profile_id)
    return render(request, "smartsync/schedule_remove.html", {"schedule": found, "profile": found.profile})


def _saved(form: ScheduleForm, save: Callable[..., object]) -> bool:
    """Whether `save` took what was typed; if not, the form says why."""
    if form.is_valid():
        try:
            save(**form.cleaned_data)
        except Refused as reason:
            form.add_error(None, str(reason))
    return form.is_valid()
