"""One run: its progress while it is active, its result afterward."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import UserRequest
from core.htmx import STOP_POLLING
from smartsync import services
from smartsync.access import list_run_for, may_act, may_decide, run_for, smartsync_page
from smartsync.models import SyncRun
from smartsync.pages.next_action import next_action
from smartsync.pages.progress import Progress


@smartsync_page
@require_safe
def run(request: UserRequest, run_pk: int) -> HttpResponse:
    return render(request, "smartsync/run.html", _run_context(request, run_pk))


@smartsync_page
@require_safe
def run_progress(request: UserRequest, run_pk: int) -> HttpResponse:
    """The part of the run's page that the browser polls until the run has ended."""
    context = _run_context(request, run_pk)
    return render(request, "smartsync/progress.html", context, status=200 if context["live"] else STOP_POLLING)


def _run_context(request: UserRequest, run_pk: int) -> dict[str, object]:
    run = run_for(request, run_pk)
    is_newest = run == SyncRun.objects.for_history(run.profile).first()
    acts = may_act(request.user) and is_newest and not run.is_active
    held = run.lists.filter(held__gt=0)
    return {
        "run": run,
        "profile": run.profile,
        "progress": Progress(run),
        "holds": run.profile.holds.undecided().filter(list__in=held.values("slug")).with_list_runs(run.profile),
        "decides": may_decide(request.user),
        "live": run.is_active,
        "acts": may_act(request.user),
        "retries": acts and not run.profile.connection.sign_in_block,
        "next": next_action(run, request.user) if acts else None,
    }


@smartsync_page
@require_POST
def cancel(request: UserRequest, run_pk: int) -> HttpResponse:
    services.run_cancel(run=run_for(request, run_pk), actor=request.user)
    return redirect("smartsync:run", run_pk)


@smartsync_page
@require_POST
def retry(request: UserRequest, list_run_pk: int) -> HttpResponse:
    run = services.list_retry(list_run=list_run_for(request, list_run_pk), actor=request.user)
    return redirect("smartsync:run", run.pk)
