"""Test data with which every form of the product is on some page, and a browser for each kind of visitor."""

import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from django.conf import settings as product_settings
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Customer, Invitation, LegalEntity, OrgUnit, User
from core.tokens import LinkToken
from smartsync.models import ListRun, SyncRun
from tests.access.records import guest_session, people, things
from tests.access.test_table import ADDRESSES, ARGUMENTS, WORDS
from tests.inputs.forms import Data, Form
from wizard.models import Connection, Finding, Question, SyncProfile, Verification
from wizard.stages import STAGES

ENTITIES = [{"id": "100", "name": "Hillside Canada", "currency": "CAD"}, {"id": "200", "name": "Hillside West"}]
PASSED = ("gateway", "sender", "company", "sign_in")
# Visitors who see different pages. Every other kind sees a part of what one of these sees.
VISITORS = ("system_administrator", "support", "customer_success", "signed_out")
SESSION = product_settings.SESSION_COOKIE_NAME
# Signing out would end the test's own session.
# "demo:reset" empties every table, which no test in a transaction can do: see tests/demo.
# Probes answer 503 when a part of the machine is slow.
LEFT_OUT = {"account_logout", "demo:reset", "healthz", "readyz"}


class Browser(Client):
    """Django's test client without its record of template contexts, and with one handler for all visitors.

    Each of the two takes longer than a page.
    """

    def request(self, **request: Any) -> Any:
        return self.handler(self._base_environ(**request))  # type: ignore[attr-defined]


# Data of a form whose fields are unknown. Not empty, because empty data counts as no form.
NOTHING: Data = {"nothing": ["1"]}


class Page(NamedTuple):
    visitor: str
    address: str
    body: str


def names() -> Iterator[str]:
    return (name for name in ADDRESSES if name not in LEFT_OUT)


def encoded(data: Data) -> str:
    return urlencode(data, doseq=True, errors="surrogatepass")


def failure(response: Any) -> str:
    """Return why the response is wrong for any visitor, or "" if it is not."""
    response.getvalue()
    if response.status_code >= 500:
        return f"{response.status_code}"
    host = urlsplit(response.headers.get("Location", "")).hostname
    return "" if host in (None, "testserver") else f"leads to {host}"


def create_requests(root: OrgUnit, users: dict[str, User], known: dict[str, int]) -> tuple[dict[str, int], int]:
    """Create what pages show besides: open requests, an active run, a refused list, and entities to choose from.

    Returns the primary keys of the requests by state, and that of the run.
    """
    connection = Connection.objects.get(pk=known["pk"])
    connection.company = {"multi_entity": True, "entities": ENTITIES}
    connection.save()
    verification = Verification.objects.create(connection=connection, state="done", finished_at=timezone.now())
    for position, slug in enumerate(PASSED):
        Finding.objects.create(
            verification=verification, check_slug=slug, stage="credentials", position=position, outcome="passed"
        )
    requests = {state: _create_request(root, users, connection, state) for state in ("requested", "claimed", "asked")}
    Question.objects.create(profile_id=requests["asked"], text="Which entity?", asked_by=users["support"])
    _create_entity(root, "Free")
    approved = _create_request(root, users, connection, "approved")
    ListRun.objects.create(
        run_id=known["run_pk"],
        position=2,
        slug="customers",
        object="CUSTOMER",
        title="Customers",
        state="refused",
        cause="x",
    )
    return requests, SyncRun.objects.create(profile_id=approved, kind="full").pk


def _create_request(root: OrgUnit, users: dict[str, User], connection: Connection, state: str) -> int:
    now, support = timezone.now(), users["support"]
    profile = SyncProfile.objects.create(
        connection=connection,
        legal_entity=_create_entity(root, state),
        entity_id=state,
        requested_by=users["system_administrator"],
        state=state,
        claimed_by=None if state == "requested" else support,
        claimed_at=None if state == "requested" else now,
        decided_at=now if state == "approved" else None,
    )
    return profile.pk


def _create_entity(root: OrgUnit, name: str) -> LegalEntity:
    unit = OrgUnit.objects.create(customer=root.customer, parent=root, name=name)
    return LegalEntity.objects.create(customer=root.customer, org_unit=unit, name=name)


class World:
    """Objects for every address, and the cookies of each visitor. `failures` collects wrong responses."""

    def __init__(self) -> None:
        root = OrgUnit.objects.create(customer=Customer.objects.create(name="Hillside Foods"), name="Hillside")
        branch, other = (OrgUnit.objects.create(customer=root.customer, name=name, parent=root) for name in "AB")
        stranger = OrgUnit.objects.create(customer=Customer.objects.create(name="Seaside"), name="Seaside")
        self.people = people(root, other, stranger)
        self.known = things(root, branch, self.people)
        self.requests, self.active_run = create_requests(root, self.people, self.known)
        self.failures: list[str] = []
        self.statuses: dict[tuple[str, str], int] = {}
        self.exception: BaseException | None = None
        got_request_exception.connect(self._record_exception)
        self.browser = Browser()
        self.cookies = {name: self._sign_in(self.people[name]) for name in VISITORS if name in self.people}
        self.cookies["handover_guest"] = {SESSION: guest_session(self.known["handover_pk"])}
        self.cookies["signed_out"] = {}
        # Pages that no address alone leads to, and one that has more forms with a query.
        self.extra = [*self._email_links(), ("customer_success", f"{reverse('operations:board')}?whose=mine")]

    def _email_links(self) -> list[tuple[str, str]]:
        """Return the page that is opened by the link of an invitation."""
        Invitation.objects.filter(pk=self.known["invitation_pk"]).update(
            token_hash=LinkToken("invited").hash, expires_at=timezone.now() + timedelta(days=1)
        )
        client = Client()
        client.get(reverse("accounts:open_invitation", args=["invited"]))
        self.cookies["invited"] = {SESSION: client.cookies[SESSION].value}
        return [("invited", reverse("accounts:accept"))]

    def _sign_in(self, user: User) -> dict[str, str]:
        client = Client()
        client.force_login(user)
        return {SESSION: client.cookies[SESSION].value}

    def _record_exception(self, **kwargs: Any) -> None:
        self.exception = sys.exc_info()[1]

    def _record_write(self, execute: Any, sql: str, *args: Any) -> Any:
        self.written |= sql.startswith(("INSERT", "UPDATE", "DELETE")) and "django_session" not in sql
        return execute(sql, *args)

    @contextmanager
    def undone(self) -> Iterator[None]:
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def get(self, visitor: str, address: str, label: str = "", data: Data | None = None) -> Any:
        query = encoded(data or {})
        separator = "&" if "?" in address else "?"
        return self._ask("get", visitor, f"{address}{separator}{query}" if query else address, label)

    def post(self, visitor: str, address: str, data: Data, label: str = "", *, keep: bool = False) -> Any:
        return self._ask("post", visitor, address, label, encoded(data), keep=keep)

    def _ask(self, method: str, visitor: str, address: str, label: str, body: str = "", *, keep: bool = False) -> Any:
        """Send a request as this visitor, with fresh cookies. Rolls back unless `keep`. Records a failure."""
        self.browser.cookies = SimpleCookie(self.cookies[visitor])
        self.written = False
        with transaction.atomic(), connection.execute_wrapper(self._record_write):
            response = self.browser.generic(method, address, body, content_type="application/x-www-form-urlencoded")
            if reason := failure(response):
                self.failures.append(f"{method} {address[:200]} ({visitor}) {label}: {reason} {self.exception}"[:500])
            if reason or not keep:
                transaction.set_rollback(True)
        return response

    def open_pages(self) -> Iterator[Page]:
        """Yield every page, for the first kind of visitor who may open it and for the guest."""
        for name in names():
            for address in self.addresses(name):
                yield from filter(None, [self._page(self._visitors(name), address), self._page_of_guest(name, address)])
        for visitor, address in self.extra:
            yield Page(visitor, address, self.get(visitor, address).content.decode())

    def _visitors(self, name: str) -> Sequence[str]:
        return ("signed_out", *VISITORS) if name.startswith(("account_", "mfa_login")) else VISITORS

    def _page(self, visitors: Sequence[str], address: str) -> Page | None:
        """Return the page as the first of the visitors sees it who may open it."""
        for visitor in visitors:
            response = self.get(visitor, address)
            self.statuses[visitor, address] = response.status_code
            if response.status_code == 200:
                return Page(visitor, address, "" if response.streaming else response.content.decode())
            if response.status_code == 405:  # it has no page for any visitor
                return None
        return None

    def _page_of_guest(self, name: str, address: str) -> Page | None:
        """Guests have their own access to the wizard. All other pages they may open are open to everyone."""
        return self._page(("handover_guest",), address) if name.startswith(("wizard:", "handover:")) else None

    def actions(self, shown: Collection[str] = ()) -> Iterator[Form]:
        """Yield every address that accepts only POST, without those that forms on pages lead to."""
        for name in names():
            for address in self.addresses(name) if name not in shown else ():
                for visitor in VISITORS if self._status(VISITORS[0], address) in (403, 405) else ():
                    if self._takes_post(visitor, address):
                        yield Form(visitor, address, address, "post", NOTHING)

    def _status(self, visitor: str, address: str) -> int:
        """Return the status of the page, which was opened before if all pages were."""
        if (visitor, address) not in self.statuses:
            self.statuses[visitor, address] = self.get(visitor, address).status_code
        return self.statuses[visitor, address]

    def _takes_post(self, visitor: str, address: str) -> bool:
        response = self.post(visitor, address, NOTHING)
        is_sign_in = response.headers.get("Location", "").startswith(reverse("account_login"))
        return response.status_code not in (403, 404, 405) and not is_sign_in

    def addresses(self, name: str) -> Iterator[str]:
        """Yield every address of this name: one for each step, request, run and so on."""
        if name in ARGUMENTS:
            yield reverse(name, kwargs=ARGUMENTS[name])
            return
        pattern = ADDRESSES[name]
        required = pattern.pattern.converters.keys() - pattern.default_args.keys()
        for values in self._values(name):
            yield reverse(name, kwargs={word: values[word] for word in required})

    def _values(self, name: str) -> Iterator[dict[str, Any]]:
        known = {"field": "VENDORID", "slug": WORDS.get(name.partition(":")[0]), **self.known}
        yield known
        if name in ("wizard:stage", "wizard:draft"):
            yield from (known | {"slug": slug} for slug in STAGES if slug != known["slug"])
        if name in ("smartsync:profile", "operations:request"):
            yield from (known | {"profile_pk": key} for key in self.requests.values())
        if name == "smartsync:run":
            yield known | {"run_pk": self.active_run}
