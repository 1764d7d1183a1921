from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.access import PersonRequest, signed_in
from accounts.models import User

HOME = {
    User.Kind.CUSTOMER: "wizard:home",
    User.Kind.CUSTOMER_SUCCESS: "operations:board",
    User.Kind.SUPPORT: "operations:queue",
}


@signed_in
def home(request: PersonRequest) -> HttpResponse:
    return redirect(HOME[User.Kind(request.user.kind)])
