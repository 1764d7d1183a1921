from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest
from smartsync import services
from smartsync.access import item_for, list_run_for, may_act, profile_for, run_for, smartsync_page
from smartsync.forms import FilterForm, StartForm
from smartsync.models import ListItem, ListRun, SyncRun
from smartsync.progress import Progress
from wizard.models import SyncProfile

PAGE = 50
STOP_POLLING = 286
SORTED = {"code": ("code", "key"), "name": ("name", "key"), "changed": ("-changed_at", "key")}


@smartsync_page
@require_safe
def home(request: PersonRequest) -> HttpResponse:
    visible = SyncProfile.objects.visible_to(request.user).filter(state__in=SyncProfile.OPEN)
    profiles = visible.select_related("connection__customer", "legal_entity").order_by(
        "connection__customer__name", "legal_entity__name"
    )
    page = Paginator(profiles, PAGE).get_page(request.GET.get("page"))
    newest = SyncRun.objects.newest_of(page.object_list)
    return render(
        request, "smartsync/home.html", {"page": page, "cards": [(each, newest.get(each.pk)) for each in page]}
    )


@smartsync_page
@require_safe
def profile(request: PersonRequest, profile_pk: int) -> HttpResponse:
    found = profile_for(request, profile_pk)
    return _profile_page(request, found, StartForm(found))


@smartsync_page
@require_POST
def start(request: PersonRequest, profile_pk: int) -> HttpResponse:
    found = profile_for(request, profile_pk)
    form = StartForm(found, request.POST)
    if not form.is_valid():
        return _profile_page(request, found, form)
    made = services.run_start(profile=found, actor=request.user, **form.cleaned_data)
    return redirect("smartsync:run", made.pk)


def _profile_page(request: PersonRequest, found: SyncProfile, form: StartForm) -> HttpResponse:
    runs = SyncRun.objects.for_history(found)
    page = Paginator(runs, 10).get_page(request.GET.get("page"))
    context = {
        "profile": found,
        "form": form,
        "page": page,
        "newest": runs.first(),
        "lists": _lists(found),
        "acts": may_act(request.user),
    }
    return render(request, "smartsync/profile.html", context)


def _lists(found: SyncProfile) -> list[tuple[ListRun, dict[str, int]]]:
    counts = ListItem.objects.counts(found)
    return [(each, counts[each.slug]) for each in ListRun.objects.newest(found) if each.slug in counts]


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


@smartsync_page
@require_safe
def items(request: PersonRequest, profile_pk: int, slug: str) -> HttpResponse:
    """One list's records: searched, filtered, sorted, page by page."""
    found = profile_for(request, profile_pk)
    list_run = ListRun.objects.filter(run__profile=found, slug=slug).order_by("-pk").first()
    if list_run is None:
        raise Http404
    form = FilterForm(request.GET)
    form.is_valid()
    every = ListItem.objects.filter(profile=found, list=slug)
    asked = request.GET.get("sort", "")
    order = asked if asked in SORTED else "code"
    shown = every.shown(form.cleaned_data.get("show", "")).search(form.cleaned_data.get("q", ""))
    context = {
        "profile": found,
        "list_run": list_run,
        "form": form,
        "order": order,
        "total": every.present().count(),
        "page": Paginator(shown.order_by(*SORTED[order]), PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "smartsync/list.html", context)


@smartsync_page
@require_safe
def item(request: PersonRequest, item_pk: int) -> HttpResponse:
    found = item_for(request, item_pk)
    list_run = ListRun.objects.filter(run__profile=found.profile, slug=found.list).order_by("-pk").first()
    return render(request, "smartsync/item.html", {"item": found, "profile": found.profile, "list_run": list_run})
