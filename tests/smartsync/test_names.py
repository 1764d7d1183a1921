"""Names that Intacct sends are shown, and break no address and no page."""

import pytest
from django.urls import reverse

from accounts.models import User
from smartsync.models import ListItem, ListRun, SyncRun
from tests.smartsync.test_store import keep, record
from tests.support.users import signed_in_client
from tests.wizard.pages.reading import main
from wizard.models import SyncProfile

from .company import Company
from .conftest import PASSWORD
from .test_services import create_ended_run

NAMES = [
    "Build/Disassemble",
    "Coût / été",
    "..",
    "a?b#c%2F",
    "x" * 70,
    "\u202egnp.exe",
    "<script>",
    "{{ 7 }}",
    'a"; filename="b',
    "a\r\nSet-Cookie: x",
    "🙂",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_page_of_a_dimension_opens_with_any_name(profile: SyncProfile, administrator: User, name: str) -> None:
    run = create_ended_run(profile)
    slug = f"dimension-{name}"
    list_run = ListRun.objects.create(
        run=run, position=0, slug=slug, object=name, title=name, fields=list(record(1)), began_at=run.started_at
    )
    keep(list_run, [{"id": "1", "name": name}], is_last=True)
    list_run.save()
    client = signed_in_client(administrator)

    addresses = [
        reverse("smartsync:profile", args=[profile.pk]),
        reverse("smartsync:run", args=[run.pk]),
        reverse("smartsync:list", args=[profile.pk, slug]),
        reverse("smartsync:list_csv", args=[profile.pk, slug]),
        reverse("smartsync:item", args=[ListItem.objects.get().pk]),
    ]

    assert [client.get(address).status_code for address in addresses] == [200] * 5
    assert f'href="{addresses[2]}"' in client.get(addresses[0]).content.decode()


@pytest.mark.django_db(transaction=True)
def test_dimensions_of_any_name_are_synced(company: Company) -> None:
    dimensions = {"Build/Disassemble": "Build \u202e/ Disassemble", "x" * 70: "y" * 300, "z" * 71: "Too long"}
    company.practice.control("companies", id=company.id, scale=1, dimensions=dimensions)
    company.control("set-up", password=PASSWORD)

    run = company.sync("full")

    states = dict(run.lists.filter(slug__startswith="dimension").values_list("object", "state"))
    assert states == {"Build/Disassemble": "complete", "x" * 70: "complete", "": "failed"}
    assert run.lists.get(object="Build/Disassemble").title == "Build / Disassemble"
    assert run.result == SyncRun.Result.INCOMPLETE


def test_entity_name_with_another_text_direction_is_isolated(
    profile: SyncProfile, administrator: User, support: User
) -> None:
    name = "Hillside \u202eadanaC"
    create_ended_run(profile)
    SyncProfile.objects.update(entity_id="100", entity_name=name)
    pages = {
        administrator: ["/smartsync/", f"/smartsync/{profile.pk}/", "/smartsync/history/"],
        support: [
            reverse("operations:queue"),
            reverse("operations:request", args=[profile.pk]),
            reverse("operations:connection", args=[profile.connection_id]),
        ],
    }

    for user, addresses in pages.items():
        for address in addresses:
            texts = main(signed_in_client(user).get(address)).xpath(f".//text()[contains(., '{name}')]")
            assert texts, address
            assert {text.getparent().tag for text in texts} <= {"bdi", "option"}, address
