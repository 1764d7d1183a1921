"""One connection as Beanworks staff see it: what is wrong, whom to contact, its progress, notes and history."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import UserRequest, beanworks_only
from accounts.interrupted_posts import restore_typed
from accounts.models import Customer
from accounts.services import customer_lock
from core.collation import Natural
from core.text import bounded_int
from operations import services
from operations.board import BoardRow, board_connections, board_rows
from operations.contacts import Contact, contacts_of
from operations.customer_message import CustomerMessage, last_email
from operations.forms import FollowUpForm, ManagerForm
from operations.timeline import SHOWN_AT_MOST, SHOWN_FIRST, timeline_of
from smartsync.models import Schedule, SyncRun
from wizard.missing import problems_of
from wizard.models import Connection, SyncProfile
from wizard.pages.steps import steps_of
from wizard.progress import stage_statuses


@beanworks_only
@require_safe
def connection(request: UserRequest, pk: int) -> HttpResponse:
    return show_connection(request, pk)


def show_connection(request: UserRequest, pk: int, **bound: forms.Form) -> HttpResponse:
    """Show the page. `bound`: a form with errors, by its name in the template."""
    # The profiles are read once, for their own panel and for the states of the steps.
    by_name = SyncProfile.objects.select_related("legal_entity").order_by(Natural("legal_entity__name"), "-pk")
    connections = board_connections(request.user).prefetch_related(Prefetch("profiles", by_name))
    connection = get_object_or_404(connections, pk=pk)
    [row] = board_rows([connection])
    contacts = contacts_of(connection.customer)
    context = {
        "connection": connection,
        "row": row,
        "contacts": contacts,
        **_message(request, row, [contact for contact in contacts if contact.can_connect]),
        "steps": steps_of(connection, stage_statuses(connection)),
        "profiles": _profiles(connection),
        "notes": connection.notes.select_related("author"),
        "timeline": timeline_of(connection.customer_id, _entries_shown(request)),
        **_forms(request, row),
    }
    return render(request, "operations/connection.html", context | bound)


def _message(request: UserRequest, row: BoardRow, recipients: Sequence[Contact]) -> dict[str, Any]:
    """Return the message to the chosen recipient, by default the one seen last."""
    chosen = next((contact for contact in recipients if str(contact.user.pk) == request.GET.get("to")), None)
    recipient = chosen or next(iter(recipients), None)
    return {
        "recipients": recipients,
        "chosen": chosen,
        "message": CustomerMessage(row.problems, recipient.user) if recipient and row.can_customer_act else None,
        "last_email": last_email(row.connection),
    }


def _entries_shown(request: UserRequest) -> int:
    return bounded_int(request.GET.get("entries", ""), SHOWN_FIRST, SHOWN_AT_MOST) or SHOWN_FIRST


def _profiles(connection: Connection) -> list[tuple[SyncProfile, SyncRun | None, datetime | None]]:
    """Return each sync profile with its last run and the time of its next one."""
    profiles = connection.profiles.all()
    last, planned = SyncRun.objects.newest_of(profiles), Schedule.objects.next_of(profiles)
    return [(profile, last.get(profile.pk), planned.get(profile.pk)) for profile in profiles]


def _forms(request: UserRequest, row: BoardRow) -> dict[str, forms.Form]:
    """Return the page's forms by the name of the address that each is sent to."""
    connection = row.connection
    unbound = {"assign": _assign_form(connection.customer), "follow_up": _follow_up_form(connection)}
    return {
        name: restore_typed(request, form, reverse(f"operations:{name}", args=[connection.pk]))
        for name, form in unbound.items()
    }


def _assign_form(customer: Customer, data: Any = None) -> ManagerForm:
    return ManagerForm(data, stored={"manager": customer.success_manager_id})


def _follow_up_form(connection: Any, data: Any = None) -> FollowUpForm:
    """`connection`: from `board_connections`."""
    stored = {"contact_on": connection.contact_on, "snoozed_until": connection.snoozed_until}
    return FollowUpForm(data, stored=stored)


@beanworks_only
@require_POST
@transaction.atomic
def assign(request: UserRequest, pk: int) -> HttpResponse:
    connection = get_object_or_404(Connection, pk=pk)
    customer_lock(connection.customer_id)
    form = _assign_form(connection.customer, request.POST)
    if not form.is_valid():
        return show_connection(request, pk, assign=form)
    services.customer_assign(customer=connection.customer, manager=form.cleaned_data["manager"], actor=request.user)
    return redirect("operations:connection", pk)


@beanworks_only
@require_POST
def message_send(request: UserRequest, pk: int) -> HttpResponse:
    connection = get_object_or_404(Connection.objects.select_related("customer__success_manager"), pk=pk)
    contacts = {str(contact.user.pk): contact for contact in contacts_of(connection.customer) if contact.can_connect}
    contact = contacts.get(request.POST.get("recipient", ""))
    if contact is None:
        messages.error(request, _("This user can no longer change the connection. Choose someone else."))
    elif services.message_send(message=CustomerMessage(problems_of(connection), contact.user), actor=request.user):
        messages.success(request, _("The message is on its way."))
    else:
        messages.warning(request, _("The same message was already emailed to this user today."))
    return redirect("operations:connection", pk)


@beanworks_only
@require_POST
@transaction.atomic
def follow_up(request: UserRequest, pk: int) -> HttpResponse:
    # Locked, so that no other change is saved after the form was compared with what is stored.
    get_object_or_404(Connection.objects.select_for_update(no_key=True), pk=pk)
    connection = get_object_or_404(board_connections(request.user), pk=pk)
    form = _follow_up_form(connection, request.POST)
    if not form.is_valid():
        return show_connection(request, pk, follow_up=form)
    services.follow_up_save(connection=connection, actor=request.user, **form.cleaned_data)
    return redirect("operations:connection", pk)
