from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.access import UserRequest, signed_in
from accounts.interrupted_posts import restore_typed
from mail.forms import ChoicesForm
from mail.models import Email
from mail.services import choices_save

PAGE = 50
# A link opens a new tab, which is an ordinary page again.
FRAMED = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)


@signed_in
def choices(request: UserRequest) -> HttpResponse:
    """Show and save which emails the user wants."""
    form = restore_typed(request, ChoicesForm(request.user, request.POST if request.method == "POST" else None))
    if form.is_valid():
        choices_save(user=request.user, wanted=form.cleaned_data["wanted"])
        messages.success(request, _("Saved."))
        return redirect("mail:choices")
    return render(request, "mail/choices.html", {"form": form})


@require_safe
def outbox(request: HttpRequest) -> HttpResponse:
    """Show every email, newest first, to users who try the product. Only in practice mode."""
    page = Paginator(Email.objects.order_by("-created_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    return render(request, "mail/outbox.html", {"page": page})


@require_safe
def outbox_email(request: HttpRequest, email_pk: int) -> HttpResponse:
    return render(request, "mail/email.html", {"email": get_object_or_404(Email, pk=email_pk)})


@require_safe
@xframe_options_sameorigin
def outbox_html(request: HttpRequest, email_pk: int) -> HttpResponse:
    """Show only the email itself, for a frame: its styles are inline, which our own pages do not allow."""
    response = HttpResponse(get_object_or_404(Email, pk=email_pk).html)
    response.headers["Content-Security-Policy"] = FRAMED
    return response
