"""Custom fields, packages of custom fields, user-defined dimensions."""

import os
from pathlib import Path
from urllib.parse import quote, urljoin

import pytest
from lxml import etree

from practice.screens import package as packages
from tests.practice.gateway_client import E, GatewayClient, query
from tests.practice.screens import ScreenClient, words
from tests.support.stack import Practice
from wizard.stages.custom_field.package import package_xml

SAGE = Path(os.environ.get("PACKAGE_SCHEMA", Path(__file__).parents[3] / "shared/intacct/CustomERPPackage.xsd"))
OURS = Path(packages.__file__).with_name("package.xsd")
GOOD = package_xml()
FIELD = GOOD[GOOD.index(b"<customField>") : GOOD.index(b"</customFields>")]
NO_DESCRIPTION = GOOD[: GOOD.index(b"<packageDescription>")] + GOOD[GOOD.index(b"<customFields>") :]
# Changes that make the good package invalid in both schemas, with the line of the error.
INVALID = {
    "wrong root": (GOOD.replace(b"customErpPackages>", b"packages>"), 2),
    "unknown type": (GOOD.replace(b"<type>url<", b"<type>telepathy<"), 12),
    "unknown data": (GOOD.replace(b"<url/>", b"<telepathy/>"), 20),
    "not a boolean": (GOOD.replace(b"<hidden>false<", b"<hidden>perhaps<"), 17),
    "no field ID": (GOOD.replace(b"customFieldId>", b"otherId>"), 11),
    "no data": (GOOD.replace(b"<url/>", b""), 19),
    "no description": (NO_DESCRIPTION, 4),
    "unknown part": (GOOD.replace(b"customFields>", b"customThings>"), 9),
}


def names(practice: Practice, company: str = "MAPLE-RIDGE", place: str = "fields") -> list[str]:
    return [words(cell) for cell in ScreenClient(practice, company).go(place).page.iterfind(".//tbody//th")]


def row(practice: Practice) -> list[str]:
    """Return the row of the only field, without its buttons."""
    (row_element,) = ScreenClient(practice).go("fields").page.iterfind(".//tbody/tr")
    return [words(cell) for cell in row_element][:-1]


def add(practice: Practice, **changed: str) -> ScreenClient:
    typed = {"object": "VENDOR", "data_type": "URL", "Label": "Résumé <i>", "Field_ID": "RESUME"} | changed
    return ScreenClient(practice).create_field(**typed)


def upload(practice: Practice, raw: bytes) -> ScreenClient:
    return ScreenClient(practice).go("package").press("Import", package=("package.xml", raw))


def test_field_is_created_edited_and_deleted(practice: Practice) -> None:
    add(practice)
    assert row(practice) == ["RESUME", "Résumé <i>", "Vendor", "URL", ""]
    screen = ScreenClient(practice).go("fields/edit/VENDOR/RESUME").fill(Label="CV", Description="A life").press("Done")
    assert row(practice) == ["RESUME", "CV", "Vendor", "URL", "A life"]
    assert "Field RESUME was deleted." in screen.press("Delete RESUME").page.text_content()
    assert names(practice) == []


def test_only_label_and_description_of_a_field_can_change(practice: Practice) -> None:
    add(practice)
    screen = ScreenClient(practice).go("fields/edit/VENDOR/RESUME")
    assert all("disabled" in screen.field(label).attrib for label in ("Object", "Data Type", "Field ID"))
    screen.send("fields/edit/VENDOR/RESUME", object="APBILL", data_type="Date", field_id="OTHER", label="CV")
    assert row(practice) == ["RESUME", "CV", "Vendor", "URL", ""]


def test_field_id_is_unique_and_starts_with_a_letter(practice: Practice) -> None:
    add(practice)
    again = add(practice, Field_ID="resume", Label="Kept")
    assert (again.errors, again.field("Label").value) == (["VENDOR already has a field resume."], "Kept")
    assert len(add(practice, Field_ID="1ST").errors) == 1
    assert add(practice, object="CLASS").errors == []
    assert names(practice) == ["RESUME", "RESUME"]


def test_unknown_field_is_a_404(practice: Practice) -> None:
    assert ScreenClient(practice).go("fields/edit/VENDOR/NONE").status == 404


def test_package_from_the_wizard_creates_the_field(practice: Practice) -> None:
    assert "The package was imported." in upload(practice, GOOD).page.text_content()
    assert row(practice) == ["BEANWORKS", "Beanworks", "AP Bill", "URL", "Link to Beanworks Invoice"]


@pytest.mark.parametrize("name", INVALID)
def test_invalid_package_is_refused_with_the_line(practice: Practice, name: str) -> None:
    raw, line = INVALID[name]
    (error,) = upload(practice, raw).errors
    assert error.startswith("This package cannot be imported. Element '")
    assert error.endswith(f", line {line}")
    assert names(practice) == []


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"Beanworks", ", line 1"),
        (GOOD[:-12], ", line 25"),
        (GOOD.replace(b"<customErp", b"<!DOCTYPE p><customErp", 1), "It contains a document type"),
        (GOOD.replace(b"<url/>", b"<email/>"), "its type is url, but its data description has another type"),
        (GOOD.replace(b">APBILL<", b">MOON<"), "there is no object MOON"),
        (GOOD.replace(b">BEANWORKS<", b">1ST<"), "A field ID must start with a letter"),
        (GOOD + b" " * packages.LARGEST, "It is larger than 1 MB."),
        (b"", "empty"),
    ],
)
def test_file_without_custom_fields_is_refused(practice: Practice, raw: bytes, error: str) -> None:
    (refused,) = upload(practice, raw).errors
    assert error in refused
    assert names(practice) == []


def test_package_with_one_taken_field_creates_no_field(practice: Practice) -> None:
    add(practice, object="APBILL", Field_ID="BEANWORKS")
    two = GOOD.replace(FIELD, FIELD.replace(b">BEANWORKS<", b">FREE<") + FIELD)
    assert upload(practice, two).errors == ["APBILL already has a field BEANWORKS."]
    assert names(practice) == ["BEANWORKS"]


def test_dimension_is_created_once_and_readable_at_the_gateway(gateway: GatewayClient) -> None:
    screen = (
        ScreenClient(gateway.practice, gateway.company)
        .go("dimensions/add")
        .fill(Label="Véhicule", Object_name="car")
        .press("Save")
    )
    assert names(gateway.practice, gateway.company, "dimensions")[-1] == "Véhicule"
    assert "Véhicule" in screen.go("records").text
    again = screen.go("dimensions/add").fill(Label="Kept", Object_name="car").press("Save")
    assert (again.errors, again.field("Label").value) == (["A dimension car already exists."], "Kept")


@pytest.mark.parametrize("schema", [OURS, *([SAGE] if SAGE.exists() else [])], ids=lambda path: path.name)
def test_our_package_schema_and_sages_agree(schema: Path) -> None:
    valid = etree.XMLSchema(etree.parse(schema)).validate
    assert valid(etree.fromstring(GOOD))
    assert [name for name, (raw, _) in INVALID.items() if valid(etree.fromstring(raw))] == []


ODD_NAMES = ["Build/Disassemble_Kits", "Grant program", "2nd_vehicle", "véhicule", "50%_share"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_dimension_with_an_invalid_xml_name_has_pages(gateway: GatewayClient, name: str) -> None:
    ScreenClient(gateway.practice, gateway.company).go("dimensions/add").fill(Label="Odd one", Object_name=name).press(
        "Save"
    )
    screen = ScreenClient(gateway.practice, gateway.company).go("records")
    (link,) = [link for link in screen.page.iterfind(".//tbody//a") if words(link) == "Odd one"]

    listed = screen.visit(urljoin(screen.address, link.get("href")))
    record = screen.visit(urljoin(screen.address, listed.page.find(".//tbody//a").get("href")))

    assert (listed.status, record.status) == (200, 200)
    assert screen.go("users/permissions/Beanworks").status == 200


@pytest.mark.parametrize("name", ODD_NAMES)
def test_gateway_sends_dimension_names_unescaped(gateway: GatewayClient, name: str) -> None:
    """Also in tags, as recorded at github.com/intacct/intacct-sdk-net/issues/22."""
    gateway.control(dimensions=[{"object": name, "label": "Odd one"}])
    gateway.control("permissions", grant=[f"dimension:{name}"])

    rows = gateway.call(query(name, "id name", page=2)).response.content.decode()
    bill = gateway.call(E.read(E.object("APBILL"), E.keys("1"), E.fields("*"))).response.content.decode()
    names = gateway.call(E.getDimensions()).tree.xpath("//dimension[userDefinedDimension='true']/objectName/text()")

    assert rows.count(f"<{name}><id>") == 2
    assert f"<GLDIM{name}></GLDIM{name}>" in bill
    assert names == [name]
    assert gateway.control(f"oracle/{quote(name)}", "GET")["count"] > 2


@pytest.mark.parametrize("name", [" ", "a<b", "a&b", "a\x0bb", "x" * 81])
def test_a_dimension_without_a_usable_name_is_refused(gateway: GatewayClient, name: str) -> None:
    screen = ScreenClient(gateway.practice, gateway.company)
    screen.send("dimensions/add", label="Odd one", object_name=name)
    assert len(screen.errors) == 1


def test_entity_id_can_be_top(gateway: GatewayClient) -> None:
    ScreenClient(gateway.practice, gateway.company).go("entities/add").fill(Entity_ID="top", Name="Top Ltd").press(
        "Save"
    )
    gateway.entity = "top"
    assert gateway.call(E.getAPISession()).text("operation/result/data/api/locationid") == "top"
