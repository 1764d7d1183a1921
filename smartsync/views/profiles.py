"""All profiles one sees, and the page of one."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.access import PersonRequest
from accounts.interrupted import restored
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
def home(request: PersonRequest) -> HttpResponse:
    visible = SyncProfile.objects.visible_to(request.user).filter(state__in=SyncProfile.OPEN)
    profiles = visible.select_related("connection__customer", "legal_entity").order_by(
        Folded("connection__customer__name"), Folded("legal_entity__name")
    )
    page = Paginator(profiles, PAGE).get_page(request.GET.get("page"))
    newest = SyncRun.objects.newest_of(page.object_list)
    coming = Schedule.objects.next_of(page.object_list)
    asking = set(Hold.objects.undecided().filter(profile__in=page.object_list).values_list("profile", flat=True))
    cards = [(each, newest.get(each.pk), coming.get(each.pk), each.pk in asking) for each in page]
    return render(request, "smartsync/home.html", {"page": page, "cards": cards, "acts": may_act(request.user)})


@smartsync_page
@require_safe
def profile(request: PersonRequest, profile_pk: int) -> HttpResponse:
    found = profile_for(request, profile_pk)
    form = restored(request, StartForm(found), reverse("smartsync:start", args=[profile_pk]))
    return _profile_page(request, found, form)


@smartsync_page
@require_POST
def start(request: PersonRequest, profile_pk: int) -> HttpResponse:
    """A first sync begins at once; any other full one is explained first."""
    found = profile_for(request, profile_pk)
    form = StartForm(found, request.POST)
    if not form.is_valid():
        return _profile_page(request, found, form)
    if form.last_success and form.cleaned_data["kind"] == SyncRun.Kind.FULL:
        return redirect(f"{reverse('smartsync:full')}?profile={found.pk}")
    made = services.run_start(profile=found, actor=request.user, **form.cleaned_data)
    return redirect("smartsync:run", made.pk)


def _profile_page(request: PersonRequest, found: SyncProfile, form: StartForm) -> HttpResponse:
    schedules = list(found.schedules.all())
    runs = list(SyncRun.objects.for_history(found)[:LATEST])
    context = {
        "profile": found,
        "form": form,
        "runs": runs,
        "newest": runs[0] if runs else None,
        "lists": _lists(found),
        "schedules": schedules,
        "missed": MissedRun.objects.unanswered(found) if schedules else None,
        "acts": may_act(request.user),
        "holds": found.holds.undecided(),
        "decides": may_decide(request.user),
        "guard": _guard_form(request, found) if may_guard(request.user) else None,
    }
    return render(request, "smartsync/profile.html", context)


def _guard_form(request: PersonRequest, found: SyncProfile) -> GuardForm:
    return restored(request, GuardForm(found), reverse("smartsync:guard", args=[found.pk]))


def _lists(found: SyncProfile) -> list[tuple[ListRun, dict[str, int]]]:
    counts = ListItem.objects.counts(found)
    return [(each, counts[each.slug]) for each in ListRun.objects.newest(found) if each.slug in counts]
