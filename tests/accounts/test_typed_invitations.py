"""Several users are invited at once by typed lines: previewed, sent and corrected line by line."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from accounts.imports.services import MOST_TYPED, import_confirm, invitations_create
from accounts.models import Import, Invitation, OrgUnit, Role, User
from accounts.services import Refused
from accounts.tasks import import_run
from tests.wizard.pages.reading import main, words

LINES = """new@example.com, Nora New, System Administrator | Invoice Exporter

bo@example.com; "Branch, Bo"; invoice_exporter; Canada
low@example.com\tLow\tSystem Administrator\tCanada
eli@example.com, Eli, PO Administrator
no address, No, PO Administrator
odd@example.com, Odd, Wizard
new@example.com, Nora, PO Administrator
none@example.com, None
, Fay, PO Administrator
, Gus, PO Administrator
sam.seaside@example.com, Sam, PO Administrator
"""
INVITED = ["new@example.com", "bo@example.com", "sam.seaside@example.com"]


def planned(actor: User, root: OrgUnit, text: str = LINES) -> Import:
    run = invitations_create(actor=actor, customer=root.customer, text=text)
    import_run(run.pk)
    run.refresh_from_db()
    return run


def test_each_line_is_invited_or_says_why_not(
    administrator: User, exporter: User, stranger: User, root: OrgUnit, branch: OrgUnit
) -> None:
    run = planned(administrator, root)
    assert not Invitation.objects.exists()

    import_confirm(run=run, actor=administrator)
    import_run(run.pk)
    import_run(run.pk)

    nora, bo, sam = Invitation.objects.open().order_by("pk")
    assert [nora.email, bo.email, sam.email] == INVITED
    assert (nora.roles, nora.home_org_unit) == (["invoice_exporter", "system_administrator"], root)
    assert (bo.name, bo.home_org_unit, bo.invited_by) == ("Branch, Bo", branch, administrator)
    reasons = dict(run.lines.exclude(reason="").values_list("number", "reason"))
    expected = {
        4: "must be the Root Org Unit",
        5: "already has an account",
        6: "Email address: ",
        7: "Roles: There is no role Wizard.",
        8: "This repeats line 1.",
        9: "Roles: ",
        10: "Email address: ",
        11: "Email address: ",
    }
    assert reasons.keys() == expected.keys()
    assert [number for number, words in expected.items() if words not in reasons[number]] == []


def test_inviter_who_lost_the_right_invites_no_one(administrator: User, root: OrgUnit) -> None:
    run = planned(administrator, root)
    import_confirm(run=run, actor=administrator)
    administrator.roles.all().delete()

    import_run(run.pk)

    assert not Invitation.objects.exists()
    assert "can no longer administer users" in run.lines.get(number=1).reason


def test_too_many_lines_are_refused(administrator: User, root: OrgUnit) -> None:
    with pytest.raises(Refused, match=f"{MOST_TYPED + 1} lines"):
        invitations_create(actor=administrator, customer=root.customer, text="a@example.com\n" * (MOST_TYPED + 1))
    assert not Import.objects.exists()


def test_lines_with_errors_are_corrected_without_typing_them_again(
    administrator: User, root: OrgUnit, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(administrator)
    form = reverse("accounts:invite_several", args=[root.customer_id])

    page = client.post(form, {"lines": "a@example.com, Ann, PO Administrator\nbad, Bea, PO Administrator\n"})[
        "Location"
    ]
    run = Import.objects.get()
    import_run(run.pk)
    preview = client.get(page)
    assert "Send 1 invitation" in words(preview)
    assert "Change the lines" in words(preview)
    client.post(reverse("accounts:import_start", args=[run.pk]))
    import_run(run.pk)

    assert "Correct the lines with errors" in words(client.get(page))
    corrected = main(client.get(f"{form}?correct={run.pk}")).xpath("string(.//textarea)").strip()
    assert corrected == "bad,Bea,PO Administrator,"
    assert Invitation.objects.get().email == "a@example.com"


def test_administrator_sees_no_import_of_a_file_or_of_another_customer(
    administrator: User, stranger: User, support: User, root: OrgUnit, signed_in: Callable[[User], Client]
) -> None:
    typed = planned(administrator, root)
    file = Import.objects.create(kind="users", file_name="users.csv", created_by=support)

    client = signed_in(stranger)

    pages = [reverse("accounts:import", args=[run.pk]) for run in (typed, file)]
    assert [client.get(page).status_code for page in pages] == [404, 404]
    form = reverse("accounts:invite_several", args=[stranger.customer_id])
    assert not main(client.get(f"{form}?correct={typed.pk}")).xpath("string(.//textarea)").strip()


@pytest.mark.parametrize("wanted", ["1\0", "x", "9" * 30, "0"])
def test_unknown_import_to_correct_leaves_the_form_empty(
    wanted: str, administrator: User, root: OrgUnit, signed_in: Callable[[User], Client]
) -> None:
    form = reverse("accounts:invite_several", args=[root.customer_id])
    page = signed_in(administrator).get(form, {"correct": wanted})
    assert not main(page).xpath("string(.//textarea)").strip()


def test_example_has_the_names_of_roles_in_the_language_of_the_page(administrator: User) -> None:
    administrator.language = "fr-ca"
    administrator.save()
    browser = Client()
    browser.force_login(administrator)

    page = main(browser.get(reverse("accounts:invite_several", args=[administrator.customer_id])))

    (example,) = page.xpath(".//textarea/@placeholder")
    with override("fr-ca"):
        assert str(Role.INVOICE_EXPORTER.label) in example
