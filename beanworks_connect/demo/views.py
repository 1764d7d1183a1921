from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from requests import RequestException

from beanworks_connect.demo.resetting import reset_practice_companies, reset_product


def reset_page(request: HttpRequest) -> HttpResponse:
    """Ask, then reset the demonstration. Anyone may: the passwords are public. Only in practice mode."""
    if not settings.PRACTICE:
        raise Http404
    if not request.POST.get("confirmed"):
        return render(request, "demo/reset.html")

    try:
        reset_practice_companies()
    except RequestException:
        return render(request, "demo/reset.html", {"is_unreachable": True}, status=HTTPStatus.SERVICE_UNAVAILABLE)

    # Before the product's data, because the session's row is among what is removed.
    request.session.flush()
    reset_product()
    messages.success(request, _("The demonstration was reset. Sign in with one of the accounts below."))
    return redirect("account_login")
