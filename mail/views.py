from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import UserRequest, signed_in
from accounts.interrupted_posts import restore_typed
from mail.forms import ChoicesForm
from mail.models import Email, Notification
from mail.notifications import notifications_read
from mail.opt_out_links import reader_and_kind
from mail.services import choices_save, kind_turn_off

PAGE = 50
# A link opens a new tab, which is an ordinary page again. The same origin lets our page measure the height; without
# allow-scripts, nothing in the email runs.
FRAMED = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
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


@signed_in
@require_safe
def notifications(request: UserRequest) -> HttpResponse:
    """Show the user's notifications, first those they have not read."""
    rows = request.user.notifications.unread_first()
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    newest = request.user.notifications.unread().order_by("pk").last()
    return render(request, "mail/notifications.html", {"page": page, "newest": newest})


@signed_in
@require_POST
def notification_read(request: UserRequest, notification_pk: int) -> HttpResponse:
    notification = get_object_or_404(Notification, pk=notification_pk, user=request.user)
    notifications_read(request.user, pk=notification.pk)
    return redirect("notifications:index")


@signed_in
@require_POST
def notifications_read_until(request: UserRequest, notification_pk: int) -> HttpResponse:
    """Mark as read all up to the newest one that the page showed, not what came since."""
    notifications_read(request.user, pk__lte=notification_pk)
    return redirect("notifications:index")


# Mail programs send the POST themselves, from another site and without cookies (RFC 8058). The signature in the address
# allows it. A GET changes nothing, because scanners of emails open every link.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def turn_off(request: HttpRequest, token: str) -> HttpResponse:
    """Ask the reader of an email whether to turn off its kind, and do so."""
    found = reader_and_kind(token)
    if not found:
        raise Http404
    reader, kind = found
    if request.method == "POST":
        kind_turn_off(user=reader, kind=kind)
    is_off = reader.opt_outs.filter(kind=kind.slug).exists()
    return render(request, "mail/turn_off.html", {"reader": reader, "kind": kind, "is_off": is_off})


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
