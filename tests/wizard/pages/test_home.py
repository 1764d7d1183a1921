from django.test import Client
from django.urls import reverse

from accounts.models import LegalEntity, OrgUnit, User
from audit.models import AuditEvent
from tests.wizard.pages.reading import words
from wizard.models import Connection
from wizard.stages import STAGES

HOME = "/connection/"


def test_new_user_sees_all_steps(browser_of_ada: Client) -> None:
    page = browser_of_ada.get(HOME).content.decode()
    for stage in STAGES.values():
        assert str(stage.title) in page
    assert "Start connecting" in page
    assert "Stop at any time" in page


def test_start_creates_a_connection_and_opens_its_first_stage(browser_of_ada: Client, administrator: User) -> None:
    response = browser_of_ada.post(reverse("wizard:start"))
    connection = Connection.objects.get()
    assert (connection.customer, connection.created_by) == (administrator.customer, administrator)
    assert response.headers["Location"] == reverse("wizard:stage", args=[connection.pk, "pre_checks"])
    assert AuditEvent.objects.filter(actor_id=administrator.pk, target_id=connection.pk).exists()


def test_only_connection_opens_at_its_stage(browser_of_ada: Client, connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(stage="credentials")
    expected = reverse("wizard:stage", args=[connection.pk, "credentials"])
    assert browser_of_ada.get(HOME).headers["Location"] == expected


def test_several_connections_are_listed(browser_of_ada: Client, connection: Connection) -> None:
    Connection.objects.create(customer=connection.customer, company_id="hillside-west")
    page = browser_of_ada.get(HOME).content.decode()
    assert "hillside-west" in page
    assert page.count("Continue<") == 2
    assert "Start another connection" in page


def test_second_connection_can_be_started_during_the_set_up_of_the_first(
    browser_of_ada: Client, connection: Connection
) -> None:
    step = browser_of_ada.get(reverse("wizard:stage", args=[connection.pk, "pre_checks"])).content.decode()
    assert f'<a href="{HOME}?all">Connect another Intacct company</a>' in step
    assert "Start another connection" in browser_of_ada.get(HOME, {"all": "1"}).content.decode()


def test_administrator_below_the_root_cannot_start(
    signed_in: object, branch_administrator: User, administrator: User, legal_entity: LegalEntity, root: OrgUnit
) -> None:
    client = Client()
    client.force_login(branch_administrator)
    page = words(client.get(HOME))
    assert "Start connecting" not in page
    assert "The home org unit of Bo Branch is Canada." in page
    assert "it must be Hillside, the topmost org unit. Ada Root can change it" in page


def test_administrator_below_the_root_continues_at_the_pre_checks(
    branch_administrator: User, connection: Connection
) -> None:
    Connection.objects.filter(pk=connection.pk).update(stage="credentials")
    client = Client()
    client.force_login(branch_administrator)
    assert client.get(HOME).headers["Location"] == reverse("wizard:stage", args=[connection.pk, "pre_checks"])
