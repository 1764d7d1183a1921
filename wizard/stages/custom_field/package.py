"""The one custom field as an Intacct customization package (CustomERPPackage.xsd)."""

from lxml import etree

from intacct.catalogue import CUSTOM_FIELD

PACKAGE_NAME = "Beanworks-link"
KIND = CUSTOM_FIELD.data_type.lower()

DESCRIPTION = {"name": PACKAGE_NAME, "description": CUSTOM_FIELD.description, "author": "Beanworks"}
FIELD = {
    "customFieldId": CUSTOM_FIELD.id,
    "type": KIND,
    "ownerObject": CUSTOM_FIELD.object,
    "label": CUSTOM_FIELD.label,
    "required": "false",
    "description": CUSTOM_FIELD.description,
    "hidden": "false",
    "active": "true",
}


def package_xml() -> bytes:
    packages = etree.Element("customErpPackages")
    package = etree.SubElement(packages, "customErpPackage")
    _add(etree.SubElement(package, "packageDescription"), DESCRIPTION)
    field = etree.SubElement(etree.SubElement(package, "customFields"), "customField")
    _add(field, FIELD)
    etree.SubElement(etree.SubElement(field, "dataDescription"), KIND)
    return etree.tostring(packages, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _add(parent: etree._Element, texts: dict[str, str]) -> None:
    for tag, text in texts.items():
        etree.SubElement(parent, tag).text = text
