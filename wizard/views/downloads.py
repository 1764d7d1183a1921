from django.http import HttpResponse
from django.shortcuts import render

from wizard.access import VisitorRequest, connection_for, wizard_page
from wizard.pages.stage_page import page_for
from wizard.stages import STAGE
from wizard.stages.custom_field.package import PACKAGE_NAME, package_xml


@wizard_page
def missing(request: VisitorRequest, pk: int) -> HttpResponse:
    """Show what is missing in Intacct as plain text, to send to an Intacct administrator."""
    connection = connection_for(request, pk, "user_role")
    page = page_for(request, connection, STAGE["user_role"])
    context = {"connection": connection, "permissions": page.context(), "groups": page.groups}
    return render(request, "wizard/missing.txt", context, content_type="text/plain; charset=utf-8")


@wizard_page
def package(request: VisitorRequest, pk: int) -> HttpResponse:
    """Download the custom field as a package that Intacct can import."""
    connection_for(request, pk, "custom_field")
    headers = {"Content-Disposition": f'attachment; filename="{PACKAGE_NAME}.xml"'}
    return HttpResponse(package_xml(), content_type="application/xml", headers=headers)
