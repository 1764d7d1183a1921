from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import UserRequest, support_only
from mail import services
from mail.models import Email

PAGE = 25


@support_only
@require_safe
def emails(request: UserRequest) -> HttpResponse:
    """Show which emails did not reach their reader, and why.

    Their text is never shown: it may contain a link that lets its reader act.
    """
    page = Paginator(Email.objects.undelivered(), PAGE).get_page(request.GET.get("page"))
    return render(request, "operations/emails.html", {"page": page})


@support_only
@require_POST
def email_retry(request: UserRequest, email_pk: int) -> HttpResponse:
    if services.email_retry(email=get_object_or_404(Email, pk=email_pk), actor=request.user):
        messages.success(request, _("The email is being sent again. Reload this page to see the result."))
    else:
        messages.error(request, _("This email is being sent or was already sent, so it cannot be sent again."))
    return redirect("operations:emails")
