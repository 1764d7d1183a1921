"""Names that are written from right to left, or contain a character that changes the direction of text.

Forms refuse such characters, but Intacct may send them, and old rows may contain them.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Model
from django.utils import timezone
from lxml import html

from accounts.models import Customer, Invitation, LegalEntity, OrgUnit, User
from audit.actions import ACTIONS
from audit.services import event_record
from mail.models import Email
from operations.models import SavedView
from smartsync.models import ItemChange, ListItem, ListRun, SetAsideRecord, SyncRun
from smartsync.warnings import TEXTS
from tests.inputs.records import Page, World
from wizard.models import Connection, Finding, Handover, Incident, Question, StageProgress, SyncProfile

from .test_inputs import world as world

ARABIC, HEBREW, OVERRIDE = "شركة النخيل", "חברת הדקל", "\u202eevil"
RIGHT_TO_LEFT = re.compile("[\u0590-\u06ff\u202e]")
# Elements that contain only plain text.
PLAIN = {"title", "script", "style"}
FACTS = dict.fromkeys(
    ("user_id", "company_id", "entity_id", "legal_entity", "found", "said", "subject", "fields", "records", "zone"),
    f"{HEBREW} {OVERRIDE}",
)


def rename(model: type[Model], *fields: str) -> None:
    for row in model._default_manager.all():
        names = (f"{(ARABIC, HEBREW, OVERRIDE)[(row.pk + place) % 3]} {row.pk}" for place in range(len(fields)))
        model._default_manager.filter(pk=row.pk).update(**dict(zip(fields, names, strict=True)))


def rename_everything(world: World) -> None:
    for model in (Customer, User, OrgUnit, LegalEntity, SavedView, Invitation):
        rename(model, "name")
    rename(Handover, "name", "note")
    rename(Connection, "company_id", "user_id")
    rename(SyncProfile, "entity_name", "note", "reason")
    rename(Question, "text", "answer")
    Question.objects.update(closed_at=timezone.now())
    rename(ListItem, "name", "code")
    rename(ListRun, "title")
    rename(StageProgress, "edited_by")
    rename(Email, "subject", "text", "reply")
    facts = {"names": [ARABIC, OVERRIDE], "record": HEBREW, "field": ARABIC, "text": OVERRIDE, "support_id": "1"}
    ListRun.objects.update(
        state="refused",
        cause="field_refused",
        facts=FACTS,
        warnings=[{"kind": kind, "number": 2, **facts} for kind in TEXTS],
    )
    SyncRun.objects.filter(state="done").update(cause="sign_in_refused", facts=FACTS)
    ListItem.objects.update(fields={"NAME": ARABIC})


def create_all_kinds_of_rows(world: World) -> None:
    """Create a failed check, an incident, a set-aside record, a changed record, and each kind of event."""
    known = Connection.objects.get(pk=world.known["pk"])
    now = timezone.now()
    Finding.objects.filter(check_slug="sign_in").update(outcome="failed", cause="sign_in_refused", facts=FACTS)
    Incident.objects.create(connection=known, check_slug="sign_in", cause="sign_in_refused", facts=FACTS, since=now)
    Connection.objects.update(broken_since=now, last_cause="sign_in_refused", last_facts=FACTS)
    list_run = ListRun.objects.get(pk=world.known["list_run_pk"])
    SetAsideRecord.objects.create(list_run=list_run, number=ARABIC, code=OVERRIDE, reason="no_key", fingerprint=b"1")
    ItemChange.objects.create(
        item_id=world.known["item_pk"], list_run=list_run, at=now, kind="changed", fields={"NAME": [ARABIC, OVERRIDE]}
    )
    names = ("user", "company", "manager", "guest", "name", "email", "entity", "legal_entity", "reason", "list")
    for action in ACTIONS:
        event_record(
            action=action, actor=world.people["support"], target=known, customer_id=known.customer_id,
            **dict.fromkeys(names, f"{ARABIC} {OVERRIDE}"),
        )  # fmt: skip


def names_not_isolated(page: Page) -> Iterator[str]:
    """Find names on the page that change the direction of the text around them."""
    tree = html.fromstring(page.body)
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag in PLAIN:
            continue
        texts = [(element.text, element), *((child.tail, element) for child in element)]
        if element.tag == "input" and element.get("type") not in ("hidden", "checkbox", "radio"):
            texts.append((element.get("value"), element))
        for text, parent in texts:
            if RIGHT_TO_LEFT.search(text or "") and not is_isolated(parent):
                yield f"{page.address} ({page.visitor}): {text!r} in {html.tostring(parent, encoding='unicode')[:200]}"


def is_isolated(element: Any) -> bool:
    elements = [element, *element.iterancestors()]
    return any(element.tag == "bdi" or element.get("dir") == "auto" for element in elements)


@pytest.mark.slow
def test_names_from_right_to_left_are_isolated_on_every_page(world: World) -> None:
    rename_everything(world)
    create_all_kinds_of_rows(world)

    pages = [page for page in world.open_pages() if re.match(r"\s*<(?![?])", page.body)]  # without files

    assert world.failures == []
    assert sum(bool(RIGHT_TO_LEFT.search(page.body)) for page in pages) > 50
    assert "\n".join(name for page in pages for name in names_not_isolated(page)) == ""
