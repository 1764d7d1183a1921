from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.access import UserRequest, signed_in
from accounts.models import Role, User

HOME = {
    User.Kind.CUSTOMER: "wizard:home",
    User.Kind.CUSTOMER_SUCCESS: "operations:board",
    User.Kind.SUPPORT: "operations:queue",
}


@signed_in
def home(request: UserRequest) -> HttpResponse:
    """Redirect to the user's first page. Customer users who may not connect start at the lists."""
    roles = request.user.role_names()
    if roles and Role.SYSTEM_ADMINISTRATOR not in roles:
        return redirect("smartsync:home")
    return redirect(HOME[User.Kind(request.user.kind)])
