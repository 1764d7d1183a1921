"""Who may see and run SmartSync: customer people with any of the five roles, for the legal entities they reach.

Beanworks' own people see everything and change nothing. What somebody may not see is a 404.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.access import SMARTSYNC_ROLES, PersonRequest
from accounts.models import User
from smartsync.models import ListItem, ListRun, SyncRun
from wizard.models import SyncProfile
from wizard.services import Refused

P = ParamSpec("P")


def may_act(person: User) -> bool:
    return not person.is_beanworks and person.has_role(*SMARTSYNC_ROLES)


def smartsync_page(view: Callable[Concatenate[PersonRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """For people with a SmartSync role and Beanworks' own; only the former may send anything."""

    @login_required
    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        acts = request.method not in ("GET", "HEAD")
        if not (may_act(request.user) or (request.user.is_beanworks and not acts)):
            raise PermissionDenied
        try:
            return view(request, *args, **kwargs)
        except Refused as reason:
            messages.error(request, str(reason))
            return redirect("smartsync:home")

    return guarded


def profile_for(request: PersonRequest, pk: int) -> SyncProfile:
    visible = SyncProfile.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("connection__customer", "legal_entity"), pk=pk)


def run_for(request: PersonRequest, pk: int) -> SyncRun:
    visible = SyncRun.objects.visible_to(request.user)
    return get_object_or_404(
        visible.select_related("profile__connection__customer", "profile__legal_entity", "requested_by"), pk=pk
    )


def list_run_for(request: PersonRequest, pk: int) -> ListRun:
    return get_object_or_404(ListRun.objects.filter(run__in=SyncRun.objects.visible_to(request.user)), pk=pk)


def item_for(request: PersonRequest, pk: int) -> ListItem:
    visible = ListItem.objects.filter(profile__in=SyncProfile.objects.visible_to(request.user))
    return get_object_or_404(visible.select_related("profile__legal_entity"), pk=pk)
