from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from wizard import services
from wizard.access import VisitorRequest, administrator_or_refuse, is_at_root, root_or_refuse, wizard_page
from wizard.models import Connection
from wizard.pages.account import account_checks
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
        slug = known_stage(connections[0].stage) if is_at_root(person) else first_stage().slug
        return redirect("wizard:stage", connections[0].pk, slug)
    context = {
        "connections": connections,
        "stages": STAGES.values(),
        "minutes": sum(stage.minutes for stage in STAGES.values()),
        "account": account_checks(person, person.customer),
        "acts": is_at_root(person),
    }
    return render(request, "wizard/home.html", context)


@wizard_page
@require_POST
def start(request: VisitorRequest) -> HttpResponse:
    customer = root_or_refuse(request.user)
    connection = services.connection_start(customer=customer, actor=request.user)
    return redirect("wizard:stage", connection.pk, known_stage(connection.stage))
