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


def _only_if(allowed: Callable[[User], bool]) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    def decorator(view: View[P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return sign_in_first(request)
            if not allowed(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorator


signed_in = _only_if(lambda user: True)
customer_only = _only_if(lambda user: not user.is_beanworks)
beanworks_only = _only_if(lambda user: user.is_beanworks)
support_only = _only_if(lambda user: user.is_support)
may_invite = _only_if(lambda user: user.may_invite())


def roles_only(*roles: str) -> Callable[[View[P]], Callable[..., HttpResponseBase]]:
    """Allow customer users with one of these roles."""
    return _only_if(lambda user: not user.is_beanworks and user.has_role(*roles))


system_administrators_only = roles_only(Role.SYSTEM_ADMINISTRATOR)
audit_log_readers_only = _only_if(lambda user: user.is_beanworks or user.has_role(Role.SYSTEM_ADMINISTRATOR))
