from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import User
from wizard.access import VisitorRequest, connection_for, sees, wizard_page
from wizard.models import Connection, Guest
from wizard.stages import handed_over_stages
from wizard.stages.pages import page_for


@wizard_page
@require_safe
def printout(request: VisitorRequest, pk: int) -> HttpResponse:
    """Show all tasks in Intacct with every value and permission, and who asks for them, to print."""
    shown = [stage for stage in handed_over_stages() if sees(request.visitor, stage.slug)]
    connection = connection_for(request, pk, shown[0].slug)
    pages = [page_for(request, connection, stage) for stage in shown]
    guest = request.visitor if isinstance(request.visitor, Guest) else None
    context = {
        "connection": connection,
        "pages": [(page, page.stage, page.tasks()) for page in pages],
        "back": pages[0].url,
        "guest": guest,
        "asker": guest.handover.created_by if guest else _asker(request.user, connection),
    }
    return render(request, "wizard/printout.html", context)


def _asker(user: User, connection: Connection) -> User | None:
    """The administrator whose steps these are, also if someone from Beanworks prints them."""
    return connection.created_by if user.is_beanworks else user
