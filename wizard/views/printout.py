from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from wizard.access import VisitorRequest, connection_for, sees, wizard_page
from wizard.models import HANDED_OVER, Guest
from wizard.pages.stage_page import page_for
from wizard.stages import STAGE
from wizard.stages.user_role.matrix import by_module, lines


@wizard_page
@require_safe
def printout(request: VisitorRequest, pk: int) -> HttpResponse:
    """Show all tasks in Intacct with every value and permission, to print."""
    shown = [slug for slug in HANDED_OVER if sees(request.visitor, slug)]
    connection = connection_for(request, pk, shown[0])
    pages = [page_for(request, connection, STAGE[slug]) for slug in shown]
    context = {
        "connection": connection,
        "stages": [(page.stage, page.tasks()) for page in pages],
        "modules": by_module(line for line in lines(connection, []) if not line.not_used),
        "back": pages[0].url,
        "guest": request.visitor if isinstance(request.visitor, Guest) else None,
    }
    return render(request, "wizard/printout.html", context)
