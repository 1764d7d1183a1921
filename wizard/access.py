"""Who may open which page of the wizard, and what those are told who may not."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts.access import PersonRequest
from accounts.models import Customer, Role, User
from wizard.models import Connection
from wizard.services import Refused

P = ParamSpec("P")
SECRETS = {"password", "csrfmiddlewaretoken"}
KEPT = "typed_before_sign_in"


class NotYours(PermissionDenied):
    """Its words tell the person why, and who may."""


def root_administrators(customer: Customer) -> list[str]:
    """Names of those who may connect this customer."""
    people = User.objects.filter(
        customer=customer, is_active=True, home_org_unit__parent=None, roles__role=Role.SYSTEM_ADMINISTRATOR
    )
    return list(people.order_by("name").values_list("name", flat=True))


def is_at_root(person: User) -> bool:
    return person.home_org_unit is not None and person.home_org_unit.is_root


def may_act(person: User) -> bool:
    return not person.is_beanworks and person.has_role(Role.SYSTEM_ADMINISTRATOR) and is_at_root(person)


def administrator_or_refuse(person: User) -> None:
    """The wizard is for System Administrators; Beanworks' own people may look."""
    if not person.is_beanworks and not person.has_role(Role.SYSTEM_ADMINISTRATOR):
        raise NotYours(
            _("Connecting to Sage Intacct is for System Administrators. With your role you can use SmartSync.")
        )


def root_or_refuse(person: User) -> Customer:
    """The customer whom this person may connect."""
    if person.customer is None:
        raise NotYours(_("You can look at a customer’s connection, but only the customer can change it."))
    administrator_or_refuse(person)
    if not is_at_root(person):
        names = ", ".join(root_administrators(person.customer)) or _("nobody yet; ask Beanworks support")
        raise NotYours(
            _("Connecting needs a System Administrator whose home is the Root Org Unit. Who can go on: %(names)s.")
            % {"names": names}
        )
    return person.customer


def connection_for(request: PersonRequest, pk: int, *, act: bool = False, pre_checks: bool = False) -> Connection:
    """The connection to show, or with `act` to change. Another tenant's is a 404; words in `NotYours` for the rest."""
    person = request.user
    visible = Connection.objects.visible_to(person).select_related("customer", "created_by__home_org_unit")
    connection = get_object_or_404(visible, pk=pk)
    _read_once(person, connection)
    administrator_or_refuse(person)
    if act or not (person.is_beanworks or pre_checks):
        root_or_refuse(person)
    return connection


def _read_once(person: User, connection: Connection) -> None:
    """What was read with the connection: its customer, and the home of those at the Root Org Unit."""
    if person.customer_id == connection.customer_id:
        person.customer = connection.customer
    creator = connection.created_by
    if creator and creator.home_org_unit_id == person.home_org_unit_id:
        person.home_org_unit = creator.home_org_unit


def wizard_page(view: Callable[Concatenate[PersonRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """For people who are signed in; whoever no longer is returns to this very step. A refusal is told in words."""

    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return _sign_in_again(request, kwargs)
        try:
            return view(request, *args, **kwargs)
        except NotYours as reason:
            administrator = request.user.has_role(Role.SYSTEM_ADMINISTRATOR)
            return render(
                request, "wizard/refused.html", {"reason": reason, "administrator": administrator}, status=403
            )
        except Refused as reason:
            messages.error(request, str(reason))
            return go(request, _step(request, kwargs))

    return guarded


def go(request: Any, url: str) -> HttpResponse:
    """Send the browser to another page, whether htmx asked or the browser itself."""
    return HttpResponseClientRedirect(url) if request.htmx else redirect(url)


def _step(request: HttpRequest, kwargs: dict[str, Any]) -> str:
    """The page a person was on when they sent something: an act's own address cannot be opened."""
    slug = kwargs.get("slug") or request.POST.get("stage")
    return resolve_url("wizard:stage", kwargs["pk"], slug) if slug and "pk" in kwargs else resolve_url("wizard:home")


def _sign_in_again(request: Any, kwargs: dict[str, Any]) -> HttpResponse:
    own_page = request.method == "GET" and not request.htmx
    back = request.get_full_path() if own_page else _step(request, kwargs)
    return show_who(request, "account_login", back)


def show_who(request: Any, way: str, back: str) -> HttpResponse:
    """Send the person to the page named `way`, to return to `back` and find there what they typed, but for secrets."""
    if request.method == "POST":
        typed = {name: request.POST.getlist(name) for name in request.POST if name not in SECRETS}
        request.session[KEPT] = {"page": back, "typed": typed}
    return go(request, f"{resolve_url(way)}?{urlencode({'next': back})}")
