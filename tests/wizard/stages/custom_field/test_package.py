import os
from pathlib import Path

from django.test import Client
from django.urls import reverse
from lxml import etree

from wizard.models import Connection
from wizard.stages.custom_field.package import package_xml

# We may not distribute Sage's schema, so this test runs only where the file exists.
SCHEMA = Path(os.environ.get("PACKAGE_SCHEMA", Path(__file__).parents[3] / "shared/intacct/CustomERPPackage.xsd"))


def test_package_contains_exactly_one_field(browser_of_ada: Client, connection: Connection) -> None:
    response = browser_of_ada.get(reverse("wizard:package", args=[connection.pk]))
    assert response.headers["Content-Disposition"] == 'attachment; filename="Beanworks-link.xml"'
    [field] = etree.fromstring(response.content).iter("customField")
    assert {child.tag: (child.text or "").strip() for child in field} == {
        "customFieldId": "BEANWORKS",
        "type": "url",
        "ownerObject": "APBILL",
        "label": "Beanworks",
        "dataDescription": "",
        "required": "false",
        "description": "Link to Beanworks Invoice",
        "hidden": "false",
        "active": "true",
    }
    assert [child.tag for description in field.iter("dataDescription") for child in description] == ["url"]


if SCHEMA.exists():

    def test_package_is_valid_for_intacct() -> None:
        etree.XMLSchema(etree.parse(SCHEMA)).assertValid(etree.fromstring(package_xml()))
