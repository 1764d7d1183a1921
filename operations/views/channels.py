from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import UserRequest, support_only
from accounts.interrupted_posts import restore_typed
from accounts.stale_forms import Changed
from core.collation import Natural
from operations.channels import services
from operations.channels.forms import ChannelForm, channel_values
from operations.models import Channel, ChannelMessage

PAGE = 50
get_or_post = require_http_methods(["GET", "HEAD", "POST"])


@support_only
@require_safe
def channels(request: UserRequest) -> HttpResponse:
    in_order = Channel.objects.prefetch_related("kinds").order_by(Natural("name"), "pk")
    page = Paginator(in_order, PAGE).get_page(request.GET.get("page"))
    newest = ChannelMessage.objects.newest_of(page.object_list)
    rows = [(channel, newest.get(channel.pk)) for channel in page]
    return render(request, "operations/channels.html", {"page": page, "rows": rows})


@support_only
@reauthentication_required
@get_or_post
def channel_new(request: UserRequest) -> HttpResponse:
    form = restore_typed(request, ChannelForm(request.POST or None))
    if request.method == "POST" and form.is_valid():
        fields = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        services.channel_create(actor=request.user, **fields)
        messages.success(request, _("The channel was added. Send a test to see whether it works."))
        return redirect("operations:channels")
    return render(request, "operations/channel_edit.html", {"form": form})


@support_only
@reauthentication_required
@get_or_post
def channel_edit(request: UserRequest, channel_pk: int) -> HttpResponse:
    channel = get_object_or_404(Channel.objects.prefetch_related("kinds"), pk=channel_pk)
    form = restore_typed(request, ChannelForm(request.POST or None, channel=channel))
    if request.method == "POST" and form.is_valid() and _change(request, channel, form):
        return redirect("operations:channels")
    return render(request, "operations/channel_edit.html", {"form": form, "channel": channel})


def _change(request: UserRequest, channel: Channel, form: ChannelForm) -> bool:
    try:
        services.channel_change(channel=channel, actor=request.user, **form.cleaned_data)
    except Changed:
        present = Channel.objects.get(pk=channel.pk)
        shown = {name: value for name, value in channel_values(present).items() if name in form.fields}
        version = shown.pop("version")
        form.refuse(present=shown, version=version, changed_by=present.changed_by)
        return False
    messages.success(request, _("The channel was changed."))
    return True


@support_only
@require_POST
def channel_test(request: UserRequest, channel_pk: int) -> HttpResponse:
    channel = get_object_or_404(Channel, pk=channel_pk)
    services.channel_test(channel=channel, actor=request.user)
    messages.success(request, _("A test is being sent. Its result appears on this page."))
    return redirect("operations:channels")


@support_only
@get_or_post
def channel_delete(request: UserRequest, channel_pk: int) -> HttpResponse:
    channel = get_object_or_404(Channel, pk=channel_pk)
    if request.method != "POST":
        return render(request, "operations/channel_delete.html", {"channel": channel})
    services.channel_delete(channel=channel, actor=request.user)
    messages.success(request, _("The channel was deleted."))
    return redirect("operations:channels")
