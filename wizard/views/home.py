from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_POST, require_safe

from accounts.models import User
from wizard import services
from wizard.access import (
    VisitorRequest,
    administrator_or_refuse,
    any_connection_for,
    is_at_root,
    root_or_refuse,
    wizard_page,
)
from wizard.models import Connection
from wizard.pages.account import account_checks
from wizard.pages.connection_page import ConnectionPage
from wizard.stages import STAGES, first_stage, known_stage


@wizard_page
def home(request: VisitorRequest) -> HttpResponse:
    """Start or resume as a customer's administrator. Lists the connections if there are several."""
    person = request.user
    if person.is_beanworks or person.customer is None:
        return redirect("operations:board")
    administrator_or_refuse(person)
    connections = list(Connection.objects.visible_to(person).order_by("pk"))
    if len(connections) == 1 and "all" not in request.GET:
        return redirect(_page_of(connections[0], person))
    context = {
        "connections": connections,
        "stages": STAGES.values(),
        "minutes": sum(stage.minutes for stage in STAGES.values()),
        "account": account_checks(person, person.customer),
        "acts": is_at_root(person),
    }
    return render(request, "wizard/home.html", context)


def _page_of(connection: Connection, person: User) -> str:
    """Where the user continues: at the connection's page once it is live, else at its step."""
    if not is_at_root(person):
        return resolve_url("wizard:stage", connection.pk, first_stage().slug)
    if connection.is_live or connection.disconnected_at:
        return resolve_url("wizard:connection", connection.pk)
    return resolve_url("wizard:stage", connection.pk, known_stage(connection.stage))


@wizard_page
@require_safe
def connection(request: VisitorRequest, pk: int) -> HttpResponse:
    connection = any_connection_for(request, pk)
    if not (connection.is_live or connection.disconnected_at):
        return redirect("wizard:stage", pk, known_stage(connection.stage))
    page = ConnectionPage(request, connection)
    if request.GET.get("shown", page.shown) != page.shown:
        return redirect("wizard:connection", pk)
    return render(request, "wizard/connection.html", {"page": page})


@wizard_page
@require_POST
def start(request: VisitorRequest) -> HttpResponse:
    customer = root_or_refuse(request.user)
    connection = services.connection_start(customer=customer, actor=request.user)
    return redirect("wizard:stage", connection.pk, known_stage(connection.stage))
