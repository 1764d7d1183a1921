"""`manage.py demo` loads data for a first look at the product."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import Customer, Role, RoleAssignment, User
from beanworks_connect.management.commands.demo import PASSWORD
from wizard.models import Connection

pytestmark = pytest.mark.django_db


def state() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Customer, User, RoleAssignment, Connection)]


@pytest.fixture
def loaded() -> None:
    call_command("demo", verbosity=0)


def test_second_run_changes_nothing(loaded: None) -> None:
    before = state()
    call_command("demo")
    assert state() == before


def test_demo_has_three_customers_and_a_user_for_every_role(loaded: None) -> None:
    assert Customer.objects.count() == 3
    assert set(RoleAssignment.objects.values_list("role", flat=True)) == set(Role)
    assert set(User.objects.values_list("kind", flat=True)) == set(User.Kind)


def test_demo_connections_are_at_different_stages(loaded: None) -> None:
    assert set(Connection.objects.values_list("company_id", flat=True)) == {"HARBOUR-MILLS", "JUNIPER-CO"}


def test_listed_users_can_sign_in(loaded: None, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("demo", "--who")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == User.objects.count()
    assert all(Client().login(email=line.split()[0], password=PASSWORD) for line in lines[:2])


def test_demo_is_refused_outside_practice_mode(settings: Settings) -> None:
    settings.PRACTICE = False
    with pytest.raises(CommandError, match="practice mode only"):
        call_command("demo")
    assert not Customer.objects.exists()
