from django.http import HttpResponse

from wizard.access import VisitorRequest, connection_for, wizard_page
from wizard.stages.custom_field import STAGE
from wizard.stages.custom_field.package import PACKAGE_NAME, package_xml


@wizard_page
def package(request: VisitorRequest, pk: int) -> HttpResponse:
    """Download the custom field as a package that Intacct can import."""
    connection_for(request, pk, STAGE.slug)
    headers = {"Content-Disposition": f'attachment; filename="{PACKAGE_NAME}.xml"'}
    return HttpResponse(package_xml(), content_type="application/xml", headers=headers)
