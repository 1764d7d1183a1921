from django.http import HttpResponse
from django.shortcuts import render

from wizard.access import VisitorRequest, connection_for, sees, wizard_page
from wizard.missing import missing_list, missing_text
from wizard.stages.user_role import STAGE
from wizard.stages.user_role.page import Page


@wizard_page
def missing(request: VisitorRequest, pk: int) -> HttpResponse:
    """Show what is missing in Intacct as plain text, to send to an Intacct administrator."""
    connection = connection_for(request, pk, STAGE.slug)
    items = [item for item in missing_list(connection) if sees(request.visitor, item.stage.slug)]
    page = Page(request, connection, STAGE)
    context = {"connection": connection, "missing": missing_text(items), "page": page}
    return render(request, "user_role/missing.txt", context, content_type="text/plain; charset=utf-8")
