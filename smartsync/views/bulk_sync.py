"""Syncs of several legal entities at once, and the page that explains a full sync before it starts."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import UserRequest
from accounts.interrupted_posts import restore_typed
from core.collation import Natural
from core.isolated_text import Sentence
from smartsync import services
from smartsync.access import acting_page
from smartsync.forms import ChosenForm, SeveralForm
from smartsync.models import SyncRun
from smartsync.pages.estimates import FullPlan, candidates
from smartsync.pages.next_action import blocked_sign_ins
from wizard.models import SyncProfile


@acting_page
@require_http_methods(["GET", "HEAD", "POST"])
def several(request: UserRequest) -> HttpResponse:
    """Let the user choose legal entities and the kind of sync. The page shows which cannot be synced now, and why."""
    rows = candidates(request.user)
    default = {"profile": [row.profile.pk for row in rows if row.since], "kind": SyncRun.Kind.PARTIAL}
    form = restore_typed(request, SeveralForm(request.POST or None, initial=default))
    if not form.is_valid():
        chosen = form.fields["profile"].clean(form["profile"].value())
        can_sync = any(row.is_free for row in rows)
        context = {
            "candidates": rows,
            "can_sync": can_sync,
            "chosen": chosen,
            "kind": form["kind"].value(),
            "blocked": blocked_sign_ins((row.profile for row in rows), request.user),
        }
        return render(request, "smartsync/several.html", context)
    chosen = _chosen_profiles(request, form)
    if form.cleaned_data["kind"] == SyncRun.Kind.FULL:
        query = urlencode({"profile": [profile.pk for profile in chosen]}, doseq=True)
        return redirect(f"{reverse('smartsync:full')}?{query}")
    return _start(request, chosen, SyncRun.Kind.PARTIAL)


@acting_page
@require_http_methods(["GET", "HEAD", "POST"])
def full(request: UserRequest) -> HttpResponse:
    """Explain what a full sync does, how much it reads and how long it takes; start it once the user confirms."""
    chosen = _chosen_profiles(request, ChosenForm(request.GET))
    if request.method == "POST":
        return _start(request, chosen, SyncRun.Kind.FULL)
    plans = [FullPlan(profile) for profile in chosen if profile.state == SyncProfile.State.APPROVED]
    return render(request, "smartsync/full.html", {"plans": plans})


def _chosen_profiles(request: UserRequest, form: ChosenForm) -> list[SyncProfile]:
    """The chosen profiles that the user can access. `_start` shows for each of them why it cannot be synced now."""
    form.full_clean()
    profiles = SyncProfile.objects.visible_to(request.user).filter(pk__in=form.cleaned_data["profile"])
    return list(profiles.select_related("connection", "legal_entity").order_by(Natural("legal_entity__name")))


def _start(request: UserRequest, chosen: list[SyncProfile], kind: str) -> HttpResponse:
    if not chosen:
        messages.error(request, _("No sync has started. Choose at least one legal entity that you have access to."))
    started, refused = services.runs_start(profiles=chosen, kind=kind, actor=request.user)
    for profile, reason in refused.items():
        messages.error(
            request, Sentence(_("%(label)s: %(text)s"), {"label": profile.legal_entity.name, "text": reason})
        )
    if len(chosen) == len(started) == 1:
        return redirect("smartsync:run", started[0].pk)
    if started:
        text = ngettext("%(n)d sync has started.", "%(n)d syncs have started.", len(started))
        messages.success(request, text % {"n": len(started)})
    return redirect("smartsync:home")
