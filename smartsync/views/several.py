"""Several legal entities at once, and what is said before a full sync."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import PersonRequest
from core.collation import Natural
from core.sentences import Sentence
from smartsync import services
from smartsync.access import acting_page
from smartsync.estimates import FullPlan, candidates
from smartsync.forms import ChosenForm, SeveralForm
from smartsync.models import SyncRun
from wizard.models import SyncProfile


@acting_page
@require_http_methods(["GET", "HEAD", "POST"])
def several(request: PersonRequest) -> HttpResponse:
    """Pick legal entities and the kind of sync; each says whether it can be synced now."""
    if request.method != "POST":
        return render(request, "smartsync/several.html", {"candidates": candidates(request.user)})
    form = SeveralForm(request.POST)
    if not form.is_valid():
        return render(request, "smartsync/several.html", {"candidates": candidates(request.user), "form": form})
    chosen = _chosen(request, form)
    if form.cleaned_data["kind"] == SyncRun.Kind.FULL:
        query = urlencode({"profile": [each.pk for each in chosen]}, doseq=True)
        return redirect(f"{reverse('smartsync:full')}?{query}")
    return _start(request, chosen, SyncRun.Kind.PARTIAL)


@acting_page
@require_http_methods(["GET", "HEAD", "POST"])
def full(request: PersonRequest) -> HttpResponse:
    """What a full sync does, reads and takes; then it is confirmed."""
    chosen = _chosen(request, ChosenForm(request.GET))
    if request.method == "POST":
        return _start(request, chosen, SyncRun.Kind.FULL)
    plans = [FullPlan(profile) for profile in chosen if profile.state == SyncProfile.State.APPROVED]
    return render(request, "smartsync/full.html", {"plans": plans})


def _chosen(request: PersonRequest, form: ChosenForm) -> list[SyncProfile]:
    """Those of the profiles asked for that the user sees. A start says of each why it may not be synced now."""
    form.full_clean()
    profiles = SyncProfile.objects.visible_to(request.user).filter(pk__in=form.cleaned_data["profile"])
    return list(profiles.select_related("connection", "legal_entity").order_by(Natural("legal_entity__name")))


def _start(request: PersonRequest, chosen: list[SyncProfile], kind: str) -> HttpResponse:
    if not chosen:
        messages.error(
            request, _("No sync has started: no legal entity was chosen, or you no longer have access to it.")
        )
    started, refused = services.runs_start(profiles=chosen, kind=kind, actor=request.user)
    for profile, reason in refused.items():
        messages.error(
            request, Sentence(_("%(label)s: %(text)s"), {"label": profile.legal_entity.name, "text": reason})
        )
    if len(chosen) == len(started) == 1:
        return redirect("smartsync:run", started[0].pk)
    if started:
        said = ngettext("%(n)d sync has started.", "%(n)d syncs have started.", len(started))
        messages.success(request, said % {"n": len(started)})
    return redirect("smartsync:home")
