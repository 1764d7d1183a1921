"""Every refusal that is known from Intacct becomes its own class with its own text for users."""

from dataclasses import dataclass
from typing import Literal

import pytest

from intacct import errors as e
from intacct.diagnoses import BY_CAUSE, NAMED_PLACES, TABLE, diagnose, facts
from intacct.diagnosis import Diagnosis, Who
from intacct.reply_parser import parse
from tests.intacct import replies as r


@dataclass(frozen=True)
class Row:
    id: str
    cause: type[e.IntacctError]
    where: Literal["C", "A", "R"]
    said: str
    status: int = 200


XL6 = "XL03000006"
SENDER = r.error(
    XL6,
    "Invalid Web Services Authorization",
    "The sender ID 'BeanworksMPP' is not authorized to make Web Services requests to company ID 'ACME'.",
    "Contact the company administrator to grant Web Services authorization to this sender ID.",
)
DENIED = "You do not have permission for API operation QUERY on objects of type GLACCOUNT [Support ID: x%7Ey]"
UNQUERIED = "The following fields cannot be queried : [VENDOR: [TERMNAME, VENDTYPE] ]"
NO_XML = "This company is not authorized for XML transactions. Please subscribe to the XML Gateway."
NO_RESULT_ID = "Attempt to readMore with an invalid or expired resultId"
BUSY = "Too many operations running for this company (200024)"
AT_WORK = "A request's function with the control ID 'f1' is in process"
LOCKED = r.error("PL04000076", "", "This user is in LOCKEDOUT state") + r.error(
    XL6, "", "Sign-in information is incorrect"
)
ROWS = [
    Row("1 wrong sender", e.WrongSender, "C", r.error(XL6, "", "Incorrect Intacct XML Partner ID or password.")),
    Row("2 stopped", e.UnknownCompanyOrSender, "C", r.error("GW-0011", "Invalid Request [Request ID: ab]"), 400),
    Row("3 wrong company", e.UnknownCompanyOrSender, "C", r.error("invalidRequest", "Invalid Request"), 400),
    Row("4 sender not authorized", e.SenderNotAuthorized, "A", SENDER),
    Row("5a wrong password", e.SignInRefused, "A", r.error(XL6, "", "Sign-in information is incorrect")),
    Row(
        "5 a company ID that is a word",
        e.SignInRefused,
        "A",
        r.error(XL6, "", "Sign-in information is incorrect for user 'LOCKED' of company INACTIVE-CO at 'Top Level'"),
    ),
    Row("5b", e.SignInRefused, "C", r.error("XMLGW_JPP0002", "Sign-in information is incorrect. Please check"), 401),
    Row("5c", e.SignInRefused, "C", r.error("UJPP0002", "Sign-in information is incorrect."), 401),
    Row("6 locked out", e.UserInactive, "A", r.error(XL6, "", "This user is locked out")),
    Row("7 session", e.SessionExpired, "A", r.error(XL6, "", "Invalid session 2dfe3b4f....")),
    Row(
        "8 expired", e.CompanyExpired, "C", r.error("PL04000055", "", "This company is a demo company and has expired.")
    ),
    Row("9 policy", e.BadRequest, "C", r.error(XL6, "", "nightly is not a valid transport policy.")),
    Row("10 schema", e.BadRequest, "C", r.error("XL03000003", "", "XML Parse schema error: Error 1871: Element 'x'")),
    Row("11 limit", e.Throttled, "C", r.error("GW-0010", "API rate limit exceeded"), 429),
    Row("11 limit with 200", e.Throttled, "C", r.error("", "API rate limit exceeded")),
    Row("12 gateway", e.GatewayUnavailable, "C", r.error("GW-0001", "Unable to process request"), 500),
    Row(
        "13 maintenance",
        e.GatewayUnavailable,
        "R",
        r.error("", "", "The Service is Temporarily Off-line", "Please Try Again Later"),
    ),
    Row("13 maintenance 503", e.GatewayUnavailable, "C", r.error("", "Closed"), 503),
    Row("14 permission", e.PermissionDenied, "R", r.error("PL04000005", "", DENIED)),
    Row(
        "15 operation",
        e.OperationUnsupported,
        "R",
        r.error("PL04000005", "", "API operation 'READ' cannot be performed on objects of type X"),
    ),
    Row(
        "16 audit history", e.PermissionDenied, "R", r.error("", "", "You do not have permission to view audit history")
    ),
    Row("17 object", e.ObjectUnknown, "R", r.error("Query Failed", "", "Object definition FOO not found")),
    Row("17 object in read", e.ObjectUnknown, "R", r.error("XXX", "", "Object definition FOO not found")),
    Row("18 field", e.FieldUnknown, "R", r.error("Invalid fields list FOO")),
    Row("19 query", e.QueryRefused, "R", r.error("DL02000001", "", "There was an error processing the request.")),
    Row("20 module", e.NotSubscribed, "R", r.error("", "", "Account allocation module is not subscribed")),
    Row(
        "20 feature",
        e.NotSubscribed,
        "R",
        r.error("", "", "This feature is disabled for your company or your current user"),
    ),
    Row("20 action", e.NotSubscribed, "R", r.error("", "", "You're not authorized to perform this action")),
    Row("21 Web Services off", e.WebServicesOff, "A", r.error(XL6, "", "The Web Services subscription is not enabled")),
    Row(
        "21 Web Services off, headed like a sender",
        e.WebServicesOff,
        "A",
        r.error(
            XL6, "Invalid Web Services Authorization", "The Web Services subscription is not enabled for company C"
        ),
    ),
    Row("22 entity", e.EntityRefused, "A", r.error(XL6, "", "No access to entity E100")),
    Row("23 address", e.AddressRefused, "A", r.error(XL6, "", "Sign-in from this IP address is not allowed")),
    Row("23 address 403", e.GatewayBlocked, "C", r.error("", "Forbidden"), 403),
    Row("24 record", e.RecordRefused, "R", r.error("BL01001973", "", "Invalid project 'x' specified")),
    Row("24 exists", e.RecordRefused, "R", r.error("PL05000104", "", "Another Vendor with the given value(s) exists")),
    Row("25 rolled back", e.RolledBack, "R", r.error("XL03000009", "", "The entire transaction has been rolled back")),
    # Reported from three real companies.
    Row("P1 fields", e.FieldUnknown, "R", r.error(XL6, "", UNQUERIED)),
    # From an older copy of Sage's FAQ, which does not name the layer.
    *(Row(f"P2 at {where}", e.WebServicesOff, where, r.error(XL6, "", NO_XML)) for where in ("C", "A", "R")),
    # Recorded.
    Row("P3 result ID", e.QueryRefused, "R", r.error("readMore failed", "", NO_RESULT_ID)),
    Row("P4 object type", e.ObjectUnknown, "R", r.error("XXX", "", "Object type FOO not found")),
    Row("P5 login", e.LoginUnknown, "R", r.error("BL03000025", "", "Login ID ada does not exist.")),
    Row("6 locked out, by number", e.UserInactive, "A", LOCKED),
    # From a partner's help pages (Vena 21452904980493), which do not name the layer.
    *(Row(f"P9 busy at {where}", e.Throttled, where, r.error("", "", BUSY)) for where in ("C", "A", "R")),
    *(Row(f"P9 at work at {where}", e.Throttled, where, r.error("", "", AT_WORK)) for where in ("C", "A", "R")),
    # From Expensify's article INT043, an older text.
    Row("P10 function", e.PermissionDenied, "R", r.error("", "", "Not authorized to execute this function")),
    # From the help pages of similar products. The layers are not known.
    Row("P11 company", e.CompanyInactive, "A", r.error(XL6, "", "Company ACME is inactive")),
    Row("P11 company, first layer", e.CompanyInactive, "C", r.error("", "The company has been suspended.")),
    Row("P11 user of a company", e.UserInactive, "A", r.error(XL6, "", "The user of company ACME is inactive")),
    Row("unlisted: expired password", e.SignInRefused, "A", r.error(XL6, "", "Your password has expired.")),
    Row("unlisted: new password", e.SignInRefused, "A", r.error(XL6, "", "You must change your password to sign in")),
    Row("unlisted: tries", e.UserInactive, "A", r.error(XL6, "", "Too many failed login attempts. Try again later")),
    Row("P12 second step", e.NotAWebServicesUser, "A", r.error(XL6, "", "2-step verification is required")),
    Row("P12 single sign-on", e.NotAWebServicesUser, "A", r.error("", "", "Use your single sign-on provider")),
    Row("P13 address", e.AddressRefused, "R", r.error("", "", "Your IP address is not allowed")),
    Row("P13 module", e.WebServicesOff, "R", r.error("", "", "Web Services is not a subscribed module")),
    Row("P13 top level", e.EntityRefused, "A", r.error("", "", "User does not have access to the top level")),
    # The same in other words that Intacct may use.
    Row("P2 subscribed", e.WebServicesOff, "A", r.error("", "", "This company is not subscribed to Web Services")),
    Row("P2 a user", e.UserInactive, "A", r.error("", "", "The Web Services user Beanworks is disabled")),
    Row("P9 connections", e.Throttled, "C", r.error("", "", "Too many concurrent connections")),
    Row("P10 contracted", e.PermissionDenied, "R", r.error("", "", "You don't have permission to view this record")),
    Row("P12 factor", e.NotAWebServicesUser, "A", r.error("", "", "Two factor authentication is required")),
    Row("P12 short", e.NotAWebServicesUser, "A", r.error("", "", "MFA code required")),
    Row("P12 sign on", e.NotAWebServicesUser, "A", r.error("", "", "This company requires single sign on")),
    Row("P12 user", e.NotAWebServicesUser, "A", r.error("", "", "Beanworks is not a Web Services user")),
    Row("P13 top-level", e.EntityRefused, "A", r.error("", "", "Top-level access only")),
    Row("P13 record", e.UnknownError, "R", r.error("", "", "Vendors can only be created at the top level")),
    Row("5d wrong password", e.SignInRefused, "A", r.error("", "", "Sign in information is incorrect")),
    # The same words about a record do not refuse a sign-in.
    Row("inactive vendor", e.UnknownError, "R", r.error("", "", "Vendor V1 is inactive")),
    Row("inactive company of a record", e.UnknownError, "R", r.error("", "", "The company of contact C1 is inactive")),
    Row("permission at sign-in", e.UnknownError, "A", r.error("", "", "You do not have permission to do this")),
    Row("new to us", e.UnknownError, "R", r.error("ZZ99", "", "The moon is full")),
    Row("new to us at sign-in", e.UnknownError, "A", r.error("ZZ99", "", "The moon is full")),
    Row("without a word", e.UnknownError, "C", r.error()),
]
LAYERS = {"C": "control", "A": "authentication", "R": "result"}


def failure(row: Row) -> e.IntacctError:
    text = {
        "C": r.control_failure(row.said),
        "A": r.authentication_failure(row.said),
        "R": r.ok(r.result_failure(row.said)),
    }[row.where]
    reply = parse(text.encode(), "text/xml", status=row.status)
    error = reply["f1"].failure if row.where == "R" else reply.failure
    assert error
    return error


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_every_refusal_has_its_class(row: Row) -> None:
    error = failure(row)
    assert type(error) is row.cause
    assert error.layer == LAYERS[row.where]
    assert error.status == row.status


def test_only_temporary_failures_are_retryable() -> None:
    assert {row.id for row in ROWS if failure(row).retryable} == {
        "11 limit", "11 limit with 200", "12 gateway", "13 maintenance", "13 maintenance 503",
        *(f"P9 {what} at {where}" for what in ("busy", "at work") for where in "CAR"), "P9 connections",
    }  # fmt: skip


def leaves(kind: type[e.IntacctError]) -> set[type[e.IntacctError]]:
    """The class and the classes below it in the client. The wizard adds another one."""
    children = [child for child in kind.__subclasses__() if child.__module__ == e.__name__]
    return {kind} | {leaf for child in children for leaf in leaves(child)}


GROUPS = {e.IntacctError, e.TransportError, e.GatewayError, e.AuthenticationError, e.FunctionError}


@pytest.mark.parametrize("kind", sorted(leaves(e.IntacctError) - GROUPS, key=lambda kind: str(kind)))
def test_every_known_cause_or_its_parent_has_a_diagnosis(kind: type[e.IntacctError]) -> None:
    assert (diagnose(kind()) is TABLE[e.IntacctError]) is (kind is e.UnknownError)


def test_tree_in_the_docstring_matches_the_classes() -> None:
    drawn = [line for line in (e.__doc__ or "").splitlines() if "──" in line]
    named = {line.split("── ")[1].split()[0]: line.index("──") // 4 + 1 for line in drawn}
    assert named == {kind.__name__: len(kind.__mro__) - 4 for kind in leaves(e.IntacctError) - {e.IntacctError}}


def test_tree_in_the_docstring_shows_what_is_retryable() -> None:
    drawn = {line.split("── ")[1].split()[0] for line in (e.__doc__ or "").splitlines() if "may be repeated" in line}
    said = {kind.__name__ for kind in leaves(e.IntacctError) if kind.__dict__.get("retryable")}
    assert drawn == said


def test_names_of_causes_are_unique() -> None:
    assert len(BY_CAUSE) == len(TABLE)


@pytest.mark.parametrize("diagnosis", TABLE.values(), ids=lambda diagnosis: diagnosis.cause)
def test_every_diagnosis_has_a_headline_and_steps(diagnosis: Diagnosis) -> None:
    for text in (diagnosis.headline, *diagnosis.steps):
        assert text.strip()
        assert "something went wrong" not in text.lower()
        assert "  " not in text
    assert diagnosis.steps
    assert not diagnosis.headline.endswith(".")
    assert all(step.endswith(".") for step in diagnosis.steps)
    assert not (diagnosis.who is Who.NO_ONE and not diagnosis.retry_helps)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_facts_fill_every_text(row: Row) -> None:
    known = facts(failure(row), company_id="ACME", user_id="Beanworks", sender_id="BeanworksMPP", entity_id="E100")
    known |= {"our_addresses": "203.0.113.7", "support_email": "help@beanworks.com"}
    known |= {name: " → ".join(place.path) for name, place in NAMED_PLACES.items()}
    diagnosis = diagnose(failure(row))
    for text in (diagnosis.headline, *diagnosis.steps):
        filled = text % known
        assert "%" not in filled
        assert "“”" not in filled


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (UNQUERIED, [("VENDOR", "TERMNAME"), ("VENDOR", "VENDTYPE")]),
        ("The following fields cannot be queried: [VENDOR:[TERMNAME]]", [("VENDOR", "TERMNAME")]),
        ("The following field cannot be queried :[ VENDOR : [ A ,B], ITEM: [C.D] ]",
         [("VENDOR", "A"), ("VENDOR", "B"), ("ITEM", "C.D")]),
        ("The following fields cannot be queried : [Build/Disassemble: ['createdAt'] ]",
         [("Build/Disassemble", "createdAt")]),
        ("fields cannot be queried : [A, B]", [("", "A"), ("", "B")]),
        ("fields cannot be queried : VENDOR: A", [("VENDOR", "A")]),
        ("Invalid fields list A,B", [("", "A"), ("", "B")]),
    ],
)  # fmt: skip
def test_refused_fields_are_read_from_the_text(said: str, fields: list[tuple[str, str]]) -> None:
    error = failure(Row("", e.FieldUnknown, "R", r.error(XL6, "", said)))
    assert isinstance(error, e.FieldUnknown)
    assert list(error.fields) == fields


def test_refused_field_is_matched_by_its_name_or_its_relation() -> None:
    said = "The following fields cannot be queried : [PROJECT: [NAME], PROJECT.CUSTOMER: [TITLE], ITEM: [gone] ]"
    error = failure(Row("", e.FieldUnknown, "R", r.error(XL6, "", said)))
    assert isinstance(error, e.FieldUnknown)
    asked = ["RECORDNO", "NAME", "PROJECT.CUSTOMER.TITLE", "GONE", "FILENAME"]
    assert error.refused_among(asked) == ["NAME", "PROJECT.CUSTOMER.TITLE", "GONE"]


@pytest.mark.parametrize(
    ("where", "subject"),
    [
        ("P1 fields", "VENDOR"),
        ("P4 object type", "FOO"),
        ("14 permission", "GLACCOUNT"),
        ("17 object", "FOO"),
        ("19 query", "this"),
        ("15 operation", "X"),
    ],
)
def test_subject_of_a_refusal_is_read_from_its_text(where: str, subject: str) -> None:
    [row] = [row for row in ROWS if row.id == where]
    assert facts(failure(row))["subject"] == subject


def test_unknown_refusal_is_quoted() -> None:
    [row] = [row for row in ROWS if row.id == "new to us"]
    diagnosis = diagnose(failure(row))
    assert diagnosis.who is Who.BEANWORKS
    assert (
        diagnosis.headline % facts(failure(row)) == "Intacct reported an error that we do not know: “The moon is full”"
    )


def test_facts_hold_every_detail_for_support() -> None:
    [row] = [row for row in ROWS if row.id == "14 permission"]
    known = facts(failure(row))
    assert known["errorno"] == "PL04000005"
    assert known["support_id"] == "x~y"
    assert known["layer"] == "result"
    assert known["control_id"] == "f1"
    assert known["at"].endswith("+00:00")
    assert known["description2"] == "You do not have permission for API operation QUERY on objects of type GLACCOUNT"
