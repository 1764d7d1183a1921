from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from wizard.access import VisitorRequest, connection_for, sees, wizard_page
from wizard.missing import MissingItem
from wizard.models import Connection, Guest
from wizard.pages.handovers import StagesForm
from wizard.pages.stage_page import StagePage
from wizard.stages import handed_over_stages
from wizard.stages.pages import page_for


@wizard_page
@require_safe
def printout(request: VisitorRequest, pk: int) -> HttpResponse:
    """Show the tasks in Intacct of all steps, or of those in the query, to print: with every value and who asks."""
    chosen = StagesForm(request.GET).slugs()
    shown = [stage for stage in handed_over_stages() if stage.slug in chosen and sees(request.visitor, stage.slug)]
    if not shown:
        raise Http404
    connection = connection_for(request, pk, shown[0].slug)
    pages = [page_for(request, connection, stage) for stage in shown]
    guest = request.visitor if isinstance(request.visitor, Guest) else None
    context = {
        "connection": connection,
        "pages": [(page, page.stage, page.checklist.tasks, _to_fix(page)) for page in pages],
        "back": pages[0].url,
        "guest": guest,
        "asker": guest.handover.created_by if guest else _asker(request.user, connection),
    }
    return render(request, "wizard/printout.html", context)


def _to_fix(page: StagePage) -> list[MissingItem]:
    """What Intacct reported for this step alone. The page of the credentials shows all steps."""
    return [item for item in page.results.to_fix if item.stage == page.stage]


def _asker(user: User, connection: Connection) -> User | None:
    """The administrator whose steps these are, also if someone from Beanworks prints them."""
    return connection.created_by if user.is_beanworks else user
