"""Who may call a view. What they see there is decided by the QuerySets (`visible_to`)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.interrupted_posts import sign_in_first
from accounts.models import Role, User

P = ParamSpec("P")


class UserRequest(HttpRequest):
    """A request of a user who is signed in."""

    user: User


View = Callable[Concatenate[UserRequest, P], HttpResponseBase]
SMARTSYNC_ROLES = tuple(Role.values)


def allow_if(is_allowed: Callable[[UserRequest], bool]) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Return a decorator for views. Signed-out users sign in first; others get a 403 if they are not allowed."""

    def decorator(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            if not is_allowed(request):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorator


signed_in = allow_if(lambda request: True)
beanworks_only = allow_if(lambda request: request.user.is_beanworks)
support_only = allow_if(lambda request: request.user.is_support)
administration_readers_only = allow_if(lambda request: request.user.is_beanworks or request.user.may_administer())
administrators_only = allow_if(lambda request: request.user.may_administer())
audit_log_readers_only = allow_if(
    lambda request: request.user.is_beanworks or request.user.has_role(Role.SYSTEM_ADMINISTRATOR)
)
