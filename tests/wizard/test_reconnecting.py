"""New credentials of a connection in use are proved before they take the place of the old; everything else stays."""

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from audit.models import AuditEvent
from intacct.secret import Secret
from wizard.ladder import Answers, _climb
from wizard.models import Connection, Finding, Incident, StoredSecret, Verification
from wizard.secrets import secret_open
from wizard.services import Refused, connection_start, credentials_save

from .place import PASSWORD, Place, failed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_waits_between_tries")]
NEW = "a-new-password-8b1d"


def stored(place: Place) -> str:
    return secret_open(place.connection, "password").reveal()


def reset_in_intacct(place: Place) -> None:
    place.control("set-up", password=NEW)


def current() -> set[int]:
    return set(Finding.objects.current(Connection.objects.get()).values_list("pk", flat=True))


def acts() -> list[str]:
    return list(
        AuditEvent.objects.filter(action__startswith="credentials").order_by("pk").values_list("action", flat=True)
    )


def test_a_new_password_takes_the_place_of_the_old_once_it_is_proved(in_use: Place) -> None:
    reset_in_intacct(in_use)
    in_use.again()
    assert Incident.objects.open().exists()
    verification = in_use.enter(password=NEW)
    assert stored(in_use) == PASSWORD
    in_use.work(verification)
    assert stored(in_use) == NEW
    assert not StoredSecret.objects.filter(field="new_password").exists()
    assert not Incident.objects.open().exists()
    assert acts() == ["credentials.saved", "credentials.entered", "credentials.replaced"]


def test_a_wrong_one_changes_nothing(in_use: Place) -> None:
    before = Connection.objects.values().get()
    found = current()
    in_use.verify(password="wrong")
    assert stored(in_use) == PASSWORD
    assert Connection.objects.values().get() == before
    assert current() == found
    assert not Incident.objects.exists()
    assert acts()[-1] == "credentials.kept"


def test_the_page_says_that_the_old_one_stays(in_use: Place, client: Client) -> None:
    in_use.verify(password="wrong")
    client.force_login(in_use.actor)
    page = client.get(reverse("wizard:stage", args=[in_use.connection.pk, "credentials"])).content.decode()
    assert "The new sign-in was not taken over" in page
    assert "the old sign-in stays in use" in page
    assert "wrong" not in page.split("The new sign-in was not taken over")[1][:50]


def test_an_unreachable_intacct_proves_nothing_and_the_old_one_stays(in_use: Place) -> None:
    in_use.control("fault", name="html")
    in_use.verify(password=NEW)
    assert stored(in_use) == PASSWORD
    assert not StoredSecret.objects.filter(field="new_password").exists()


# Refused new credentials are tried once


def test_refused_new_credentials_are_not_tried_again_when_they_are_saved_again(in_use: Place) -> None:
    in_use.verify(password="wrong")
    in_use.forget()

    with pytest.raises(Refused, match="could lock the user Beanworks"):
        in_use.enter(password="wrong")

    assert not Verification.objects.active().exists()
    assert in_use.asked()["count"] == 0


def test_another_user_refused_with_the_password_in_use_is_not_tried_again(in_use: Place) -> None:
    def enter() -> Verification:
        return credentials_save(
            connection=in_use.connection, actor=in_use.actor, company_id=in_use.id, user_id="Nobody", password=None
        )

    in_use.work(enter())

    with pytest.raises(Refused, match="could lock the user Nobody"):
        enter()


def test_others_are_tried_after_refused_new_credentials(in_use: Place) -> None:
    reset_in_intacct(in_use)
    in_use.verify(password="wrong")
    in_use.verify(password="wrong too")

    in_use.verify(password=NEW)

    assert stored(in_use) == NEW
    assert not StoredSecret.objects.filter(field="new_password").exists()


def test_new_credentials_that_are_saved_twice_while_they_are_tried_are_tried_once(in_use: Place) -> None:
    first = in_use.enter(password="wrong")

    assert in_use.enter(password="wrong") == first


def test_a_worker_that_dies_after_refused_new_credentials_leaves_nothing_to_try_again(in_use: Place) -> None:
    verification = in_use.enter(password="wrong")
    held = Verification.objects.claim(verification.pk)
    assert held
    _climb(held, Answers(held.connection), None)
    held.release()
    in_use.forget()

    found = in_use.work(verification)

    assert failed(found) == {"sign_in": "sign-in-refused"}
    assert in_use.asked()["count"] == 0
    with pytest.raises(Refused, match="could lock"):
        in_use.enter(password="wrong")


def test_refused_new_credentials_are_tried_once_more_after_the_user_was_unlocked(in_use: Place, client: Client) -> None:
    in_use.verify(password=NEW)
    reset_in_intacct(in_use)
    in_use.again()  # of the old ones: another verification is the newest now
    client.force_login(in_use.actor)
    page = client.get(reverse("wizard:stage", args=[in_use.connection.pk, "credentials"])).content.decode()
    refusal = Verification.objects.get(new_user_id="Beanworks").refusal
    assert f'name="refusal_shown" value="{refusal}"' in page

    unlocked = reverse("wizard:unlocked", args=[in_use.connection.pk])
    client.post(unlocked, {"stage": "credentials", "refusal_shown": refusal})
    in_use.work(Verification.objects.active().get())

    assert stored(in_use) == NEW
    assert acts()[-2:] == ["credentials.unlocked", "credentials.replaced"]
    client.post(unlocked, {"stage": "credentials", "refusal_shown": refusal})
    assert not Verification.objects.active().exists()


def test_another_company_needs_a_connection_of_its_own(in_use: Place) -> None:
    with pytest.raises(Refused, match="JUNIPER-CO"):
        in_use.enter(company_id="MAPLE-RIDGE")
    assert stored(in_use) == PASSWORD
    assert Connection.objects.get().company_id == "JUNIPER-CO"


def test_another_user_is_proved_with_the_password_there_is(in_use: Place) -> None:
    verification = credentials_save(
        connection=in_use.connection, actor=in_use.actor, company_id=in_use.id, user_id="Nobody", password=None
    )
    in_use.work(verification)
    assert Connection.objects.get().user_id == "Beanworks"


def test_of_two_entered_one_after_the_other_the_later_counts(in_use: Place) -> None:
    reset_in_intacct(in_use)
    earlier = in_use.enter(password="wrong")
    later = in_use.enter(password=NEW)
    assert Verification.objects.claim(earlier.pk) is None
    in_use.work(later)
    assert stored(in_use) == NEW


def test_only_new_credentials_may_not_stand(in_use: Place) -> None:
    with pytest.raises(IntegrityError):
        Verification.objects.create(connection=in_use.connection, stands=False)


def test_a_company_is_connected_once_however_its_id_is_written(in_use: Place) -> None:
    other = connection_start(customer=in_use.connection.customer, actor=in_use.actor)
    Connection.objects.filter(pk=other.pk).update(modules=[])

    with pytest.raises(Refused, match="Another connection"):
        credentials_save(
            connection=other,
            actor=in_use.actor,
            company_id=in_use.id.lower(),
            user_id="Beanworks",
            password=Secret(PASSWORD),
        )
