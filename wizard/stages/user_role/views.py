from django.http import HttpResponse
from django.shortcuts import render

from wizard.access import VisitorRequest, connection_for, wizard_page
from wizard.stages.user_role import STAGE
from wizard.stages.user_role.page import Page


@wizard_page
def missing(request: VisitorRequest, pk: int) -> HttpResponse:
    """Show what is missing in Intacct as plain text, to send to an Intacct administrator."""
    connection = connection_for(request, pk, STAGE.slug)
    page = Page(request, connection, STAGE)
    context = {
        "connection": connection,
        "permissions": page.context(),
        "groups": [group for group in page.groups if group.stage is not STAGE],
    }
    return render(request, "user_role/missing.txt", context, content_type="text/plain; charset=utf-8")
