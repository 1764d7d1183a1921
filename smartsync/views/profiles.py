"""All profiles that the user can access, and the page of one profile."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.access import UserRequest
from accounts.interrupted_posts import restore_typed
from core.collation import Folded
from smartsync import services
from smartsync.access import may_act, may_decide, may_guard, profile_for, smartsync_page
from smartsync.forms import GuardForm, StartForm
from smartsync.models import Hold, ListItem, ListRun, MissedRun, Schedule, SyncRun
from wizard.models import SyncProfile

PAGE = 50
LATEST = 5


@smartsync_page
@require_safe
def home(request: UserRequest) -> HttpResponse:
    visible = SyncProfile.objects.visible_to(request.user).filter(state__in=SyncProfile.OPEN)
    profiles = visible.select_related("connection__customer", "legal_entity").order_by(
        Folded("connection__customer__name"), Folded("legal_entity__name")
    )
    page = Paginator(profiles, PAGE).get_page(request.GET.get("page"))
    newest = SyncRun.objects.newest_of(page.object_list)
    next_times = Schedule.objects.next_of(page.object_list)
    held = set(Hold.objects.undecided().filter(profile__in=page.object_list).values_list("profile", flat=True))
    cards = [(profile, newest.get(profile.pk), next_times.get(profile.pk), profile.pk in held) for profile in page]
    return render(request, "smartsync/home.html", {"page": page, "cards": cards, "acts": may_act(request.user)})


@smartsync_page
@require_safe
def profile(request: UserRequest, profile_pk: int) -> HttpResponse:
    sync_profile = profile_for(request, profile_pk)
    form = restore_typed(request, StartForm(sync_profile), reverse("smartsync:start", args=[profile_pk]))
    return _profile_page(request, sync_profile, form)


@smartsync_page
@require_POST
def start(request: UserRequest, profile_pk: int) -> HttpResponse:
    """Start a sync. The first sync starts at once; a later full sync is explained on a page of its own first."""
    profile = profile_for(request, profile_pk)
    form = StartForm(profile, request.POST)
    if not form.is_valid():
        return _profile_page(request, profile, form)
    if form.last_success and form.cleaned_data["kind"] == SyncRun.Kind.FULL:
        return redirect(f"{reverse('smartsync:full')}?profile={profile.pk}")
    run = services.run_start(profile=profile, actor=request.user, **form.cleaned_data)
    return redirect("smartsync:run", run.pk)


def _profile_page(request: UserRequest, profile: SyncProfile, form: StartForm) -> HttpResponse:
    schedules = list(profile.schedules.all())
    runs = list(SyncRun.objects.for_history(profile)[:LATEST])
    context = {
        "profile": profile,
        "form": form,
        "runs": runs,
        "newest": runs[0] if runs else None,
        "lists": _lists(profile),
        "schedules": schedules,
        "missed": MissedRun.objects.unanswered(profile) if schedules else None,
        "acts": may_act(request.user),
        "holds": profile.holds.undecided(),
        "decides": may_decide(request.user),
        "guard": _guard_form(request, profile) if may_guard(request.user) else None,
    }
    return render(request, "smartsync/profile.html", context)


def _guard_form(request: UserRequest, profile: SyncProfile) -> GuardForm:
    return restore_typed(request, GuardForm(profile), reverse("smartsync:guard", args=[profile.pk]))


def _lists(profile: SyncProfile) -> list[tuple[ListRun, dict[str, int]]]:
    counts = ListItem.objects.counts(profile)
    newest = ListRun.objects.newest(profile)
    return [(list_run, counts[list_run.slug]) for list_run in newest if list_run.slug in counts]
