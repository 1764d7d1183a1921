from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from beanworks_connect.demo.resetting import reset


def reset_page(request: HttpRequest) -> HttpResponse:
    """Ask, then reset the demonstration. Anyone may: the passwords are public. Only in practice mode."""
    if not settings.PRACTICE:
        raise Http404
    if not request.POST.get("confirmed"):
        return render(request, "demo/reset.html")

    # First, because its row is among those that are removed.
    request.session.flush()
    reset()
    messages.success(request, _("The demonstration was reset. Sign in with one of the accounts below."))
    return redirect("account_login")
