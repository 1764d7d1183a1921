"""All profiles that the user can access, and the page of one profile."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.access import UserRequest
from accounts.interrupted_posts import restore_typed
from accounts.models import User
from core.collation import Natural
from smartsync import services
from smartsync.access import may_act, may_decide, may_guard, profile_for, smartsync_page
from smartsync.forms import GuardForm, StartForm
from smartsync.models import Hold, ListItem, ListRun, MissedRun, Schedule, SyncRun
from smartsync.pages.list_choice import unused_lists
from smartsync.pages.next_action import blocked_sign_ins, reconnect, stopped_words
from wizard.models import SyncProfile
from wizard.services import block_words

CountedList = tuple[ListRun, dict[str, int] | None]
PAGE = 12
LATEST = 5


@smartsync_page
@require_safe
def home(request: UserRequest) -> HttpResponse:
    has_lists = Q(state__in=SyncProfile.ENDED, first_synced_at__isnull=False, lists_removed_at=None)
    shown = Q(state__in=SyncProfile.OPEN) | has_lists
    visible = SyncProfile.objects.visible_to(request.user).filter(shown)
    profiles = visible.select_related("connection__customer", "legal_entity").order_by(
        Natural("connection__customer__name"), Natural("legal_entity__name")
    )
    page = Paginator(profiles, PAGE).get_page(request.GET.get("page"))
    # A list, since the queries below would otherwise contain the page's own query and sort all profiles again.
    page.object_list = [*page.object_list]
    newest = SyncRun.objects.newest_of(page.object_list)
    next_times = Schedule.objects.next_of(page.object_list)
    held = set(Hold.objects.undecided().filter(profile__in=page.object_list).values_list("profile", flat=True))
    cards = [
        (
            profile,
            newest.get(profile.pk),
            next_times.get(profile.pk),
            profile.pk in held,
            _reconnect_url(profile, request.user),
        )
        for profile in page
    ]
    acts, synced = may_act(request.user), [profile for profile in page if profile.is_synced]
    context = {
        "page": page,
        "cards": cards,
        "has_approved": any(profile.state == SyncProfile.State.APPROVED for profile in page),
        "can_sync": acts and any(not profile.connection.sign_in_block for profile in synced),
        "blocked": blocked_sign_ins(synced, request.user) if acts else [],
    }
    return render(request, "smartsync/home.html", context)


def _reconnect_url(profile: SyncProfile, user: User) -> str:
    """Return where the user can reconnect a disconnected profile, if they may."""
    is_disconnected = profile.state == SyncProfile.State.APPROVED and not profile.is_synced
    return reconnect(profile, user).url if is_disconnected else ""


@smartsync_page
@require_safe
def profile(request: UserRequest, profile_pk: int) -> HttpResponse:
    sync_profile = profile_for(request, profile_pk)
    form = restore_typed(request, StartForm(sync_profile), reverse("smartsync:start", args=[profile_pk]))
    return profile_page(request, sync_profile, form)


@smartsync_page
@require_POST
def start(request: UserRequest, profile_pk: int) -> HttpResponse:
    """Start a sync. The first sync starts at once; a later full sync is explained on a page of its own first."""
    profile = profile_for(request, profile_pk)
    form = StartForm(profile, request.POST)
    if not form.is_valid():
        return profile_page(request, profile, form)
    if form.last_success and form.cleaned_data["kind"] == SyncRun.Kind.FULL:
        return redirect(f"{reverse('smartsync:full')}?profile={profile.pk}")
    run = services.run_start(profile=profile, actor=request.user, **form.cleaned_data)
    return redirect("smartsync:run", run.pk)


def profile_page(
    request: UserRequest, profile: SyncProfile, form: StartForm, guard: GuardForm | None = None
) -> HttpResponse:
    """Show the profile. `form` and `guard` may have errors."""
    schedules = list(profile.schedules.all())
    runs = list(SyncRun.objects.for_history(profile)[:LATEST])
    troubled, settled = _lists(profile)
    acts, block = may_act(request.user), profile.connection.sign_in_block
    must_reconnect = block or profile.connection.disconnected_at
    stopped = stopped_words(profile)
    context = {
        "profile": profile,
        "form": form,
        "runs": runs,
        "newest": runs[0] if runs else None,
        "troubled": troubled,
        "lists": settled,
        "schedules": schedules,
        "coming": min((schedule.next_at for schedule in schedules if schedule.next_at), default=None),
        "stopped": stopped,
        "reconnect": reconnect(profile, request.user) if acts and must_reconnect else None,
        "blocked": block_words(profile.connection, block) if block else "",
        "missed": MissedRun.objects.unanswered(profile) if schedules else None,
        "acts": acts,
        "unused": list(unused_lists(profile)),
        "holds": profile.holds.undecided().with_list_runs(profile),
        "decides": may_decide(request.user),
        "guard": (guard or _guard_form(request, profile)) if may_guard(request.user) else None,
    }
    return render(request, "smartsync/profile.html", context)


def _guard_form(request: UserRequest, profile: SyncProfile) -> GuardForm:
    return restore_typed(request, GuardForm(profile), reverse("smartsync:guard", args=[profile.pk]))


def _lists(profile: SyncProfile) -> tuple[list[CountedList], list[CountedList]]:
    """The lists in use that the last sync could not read, and the other ones, each with the counts of its records.

    If one cause stopped the whole sync, no list has a problem of its own.
    """
    counts = ListItem.objects.counts(profile)
    troubled: list[CountedList] = []
    settled: list[CountedList] = []
    for list_run in ListRun.objects.newest(profile).exclude(slug__in=profile.unused_lists).select_related("run"):
        count = counts.get(list_run.slug)
        if list_run.state in ListRun.TROUBLED and list_run.cause != list_run.run.cause:
            troubled.append((list_run, count))
        elif count:
            settled.append((list_run, count))
    return troubled, settled
