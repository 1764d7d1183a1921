from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from accounts.access import UserRequest, signed_in
from accounts.models import Role, User
from wizard.access import is_guest

HOME = {
    User.Kind.CUSTOMER: "wizard:home",
    User.Kind.CUSTOMER_SUCCESS: "operations:board",
    User.Kind.SUPPORT: "operations:queue",
}


def home(request: HttpRequest) -> HttpResponseBase:
    """Redirect to the visitor's first page. A guest has no account to sign in with: they return to their steps."""
    return redirect("handover:begin") if is_guest(request) else _home_of_user(request)


@signed_in
def _home_of_user(request: UserRequest) -> HttpResponse:
    """Customer users who may not connect start at the lists."""
    roles = request.user.role_names()
    if roles and Role.SYSTEM_ADMINISTRATOR not in roles:
        return redirect("smartsync:home")
    return redirect(HOME[User.Kind(request.user.kind)])
