"""Who may see and run SmartSync: a customer's users with any of the five roles, for the legal entities they can access.

Beanworks' own users see everything and change nothing. The one exception is the deletion guard, which support may set.
A page about something that the user may not see is a 404.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from accounts.access import SMARTSYNC_ROLES, UserRequest, allow_if
from accounts.models import Role, User
from smartsync.models import Hold, ListItem, ListRun, Schedule, SyncRun
from wizard.models import SyncProfile
from wizard.services import Refused

P = ParamSpec("P")
View = Callable[Concatenate[UserRequest, P], HttpResponseBase]


def may_act(user: User) -> bool:
    return not user.is_beanworks and user.has_role(*SMARTSYNC_ROLES)


def may_decide(user: User) -> bool:
    """Whether the user may decide about records that look deleted: an administrator of the customer can find out."""
    return not user.is_beanworks and user.has_role(Role.SYSTEM_ADMINISTRATOR)


def may_guard(user: User) -> bool:
    return user.is_support or may_decide(user)


def may_look(request: UserRequest) -> bool:
    return may_act(request.user) or (request.user.is_beanworks and request.method in ("GET", "HEAD"))


def _allow_if(is_allowed: Callable[[UserRequest], bool]) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Return a decorator like `accounts.access.allow_if` that also shows the user why an action was refused."""

    def decorator(view: View[P]) -> Callable[..., HttpResponseBase]:
        return allow_if(is_allowed)(_show_refusal(view))

    return decorator


def _show_refusal(view: View[P]) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def wrapper(request: UserRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Refused as reason:
            messages.error(request, str(reason))
            return redirect("smartsync:home")

    return wrapper


smartsync_page = _allow_if(may_look)
"""For users with a SmartSync role and for Beanworks' own users. Only users with a role may send anything."""
acting_page = _allow_if(lambda request: may_act(request.user))
"""For pages that only serve an action."""

deciding_page = _allow_if(lambda request: may_decide(request.user))
guarding_page = _allow_if(lambda request: may_guard(request.user))


def profile_for(request: UserRequest, pk: int) -> SyncProfile:
    visible = SyncProfile.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("connection__customer", "legal_entity"), pk=pk)


def run_for(request: UserRequest, pk: int) -> SyncRun:
    visible = SyncRun.objects.visible_to(request.user)
    return get_object_or_404(
        visible.select_related("profile__connection__customer", "profile__legal_entity", "requested_by"), pk=pk
    )


def list_run_for(request: UserRequest, pk: int) -> ListRun:
    return get_object_or_404(ListRun.objects.filter(run__in=SyncRun.objects.visible_to(request.user)), pk=pk)


def item_for(request: UserRequest, pk: int) -> ListItem:
    visible = ListItem.objects.filter(profile__in=SyncProfile.objects.visible_to(request.user))
    return get_object_or_404(visible.select_related("profile__legal_entity"), pk=pk)


def hold_for(request: UserRequest, pk: int) -> Hold:
    visible = Hold.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("profile__connection", "profile__legal_entity"), pk=pk)


def schedule_for(request: UserRequest, pk: int) -> Schedule:
    visible = Schedule.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("profile__connection", "profile__legal_entity"), pk=pk)
