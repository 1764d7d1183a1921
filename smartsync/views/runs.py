"""One run: its progress while it goes on, its result afterwards."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest
from smartsync import services
from smartsync.access import list_run_for, may_act, may_decide, run_for, smartsync_page
from smartsync.models import SyncRun
from smartsync.progress import Progress

STOP_POLLING = 286


@smartsync_page
@require_safe
def run(request: PersonRequest, run_pk: int) -> HttpResponse:
    return render(request, "smartsync/run.html", _run_context(request, run_pk))


@smartsync_page
@require_safe
def run_progress(request: PersonRequest, run_pk: int) -> HttpResponse:
    """The part of the run's page that is asked for again and again until the run has ended."""
    context = _run_context(request, run_pk)
    return render(request, "smartsync/progress.html", context, status=200 if context["live"] else STOP_POLLING)


def _run_context(request: PersonRequest, run_pk: int) -> dict[str, object]:
    found = run_for(request, run_pk)
    newest = SyncRun.objects.for_history(found.profile).first()
    return {
        "run": found,
        "profile": found.profile,
        "progress": Progress(found),
        "holds": found.profile.holds.undecided().filter(list__in=found.lists.filter(held__gt=0).values("slug")),
        "decides": may_decide(request.user),
        "live": found.is_active,
        "acts": may_act(request.user),
        "retries": may_act(request.user) and found == newest and not found.is_active,
    }


@smartsync_page
@require_POST
def cancel(request: PersonRequest, run_pk: int) -> HttpResponse:
    services.run_cancel(run=run_for(request, run_pk), actor=request.user)
    return redirect("smartsync:run", run_pk)


@smartsync_page
@require_POST
def retry(request: PersonRequest, list_run_pk: int) -> HttpResponse:
    made = services.list_retry(list_run=list_run_for(request, list_run_pk), actor=request.user)
    return redirect("smartsync:run", made.pk)
