"""Who may open which page of the wizard, and what those are told who may not."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.access import PersonRequest
from accounts.interrupted import page_of, sign_in_first
from accounts.models import Customer, Role, User
from core.collation import Natural
from core.sentences import Sentence, listed
from wizard.forms import CheckForm
from wizard.models import Connection, Guest, Handover, Visitor
from wizard.services import Refused

P = ParamSpec("P")
# In the session: the hash of the token of the handover's link that this browser opened.
OPENED = "handover_opened"
SEEN_EVERY = timedelta(minutes=1)


class VisitorRequest(PersonRequest):
    """A request of somebody who is signed in, or of a handover's guest; for a guest's, `user` is nobody."""

    visitor: Visitor


class NotYours(PermissionDenied):
    """Its words tell the person why, and who may."""


def root_administrators(customer: Customer) -> list[str]:
    """Names of those who may connect this customer."""
    people = User.objects.filter(
        customer=customer, is_active=True, home_org_unit__parent=None, roles__role=Role.SYSTEM_ADMINISTRATOR
    )
    return list(people.order_by(Natural("name")).values_list("name", flat=True))


def is_at_root(person: User) -> bool:
    return person.home_org_unit is not None and person.home_org_unit.is_root


def may_act(visitor: Visitor) -> bool:
    """What a guest may act on is what it sees: the steps handed over."""
    if isinstance(visitor, Guest):
        return True
    return not visitor.is_beanworks and visitor.has_role(Role.SYSTEM_ADMINISTRATOR) and is_at_root(visitor)


def sees(visitor: Visitor, slug: str) -> bool:
    return not isinstance(visitor, Guest) or slug in visitor.handover.stages


def administrator_or_refuse(person: User) -> None:
    """The wizard is for System Administrators; Beanworks' own people may look."""
    if person.is_beanworks:
        return
    if not person.role_names():
        raise NotYours(_("You have no role yet. Ask a System Administrator of your company to give you one."))
    if not person.has_role(Role.SYSTEM_ADMINISTRATOR):
        raise NotYours(
            _("Connecting to Sage Intacct is for System Administrators. With your role you can use SmartSync.")
        )


def root_or_refuse(person: User) -> Customer:
    """The customer whom this person may connect."""
    if person.customer is None:
        raise NotYours(_("You can look at a customer’s connection, but only the customer can change it."))
    administrator_or_refuse(person)
    if not is_at_root(person):
        words = _("Connecting needs a System Administrator whose home is the Root Org Unit. Who can go on: %(names)s.")
        names = listed(root_administrators(person.customer)) or _("nobody yet; ask Beanworks support")
        raise NotYours(Sentence(words, {"names": names}))
    return person.customer


def connection_for(request: VisitorRequest, pk: int, slug: str = "", *, act: bool = False) -> Connection:
    """The connection whose stage to show, or with `act` to change. Another tenant's is a 404, as is to a guest
    whatever is not handed over; words in `NotYours` for the rest. Without `slug`: what is no guest's matter.
    """
    visitor = request.visitor
    if not sees(visitor, slug):
        raise Http404
    visible = Connection.objects.visible_to(visitor).select_related("customer", "created_by__home_org_unit")
    connection = get_object_or_404(visible, pk=pk)
    if isinstance(visitor, Guest):
        return connection
    _read_once(visitor, connection)
    administrator_or_refuse(visitor)
    if act or not (visitor.is_beanworks or slug == "pre_checks"):
        root_or_refuse(visitor)
    return connection


def visitor_of(request: Any, pk: int | None) -> Visitor | None:
    """Who asks: a guest of this connection, or whoever is signed in. Who may act without a handover does without."""
    user = request.user if request.user.is_authenticated else None
    guest = _guest(request.session.get(OPENED), pk)
    if user is None or guest is None:
        return user or guest
    own = user.is_beanworks or (user.customer_id == guest.handover.connection.customer_id and may_act(user))
    return user if own else guest


def _guest(opened: str | None, pk: int | None) -> Guest | None:
    if not opened or pk is None:
        return None
    handover = Handover.objects.by_link(opened)
    if handover is None or handover.connection_id != pk or handover.opened_at is None:
        return None
    now = timezone.now()
    long_ago = Q(last_seen_at=None) | Q(last_seen_at__lt=now - SEEN_EVERY)
    Handover.objects.filter(long_ago, pk=handover.pk).update(last_seen_at=now)
    return handover.guest


def _read_once(person: User, connection: Connection) -> None:
    """What was read with the connection: its customer, and the home of those at the Root Org Unit."""
    if person.customer_id == connection.customer_id:
        person.customer = connection.customer
    creator = connection.created_by
    if creator and creator.home_org_unit_id == person.home_org_unit_id:
        person.home_org_unit = creator.home_org_unit


def wizard_page(view: Callable[Concatenate[VisitorRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """For people who are signed in, and guests; whoever no longer is returns to this very step. A refusal is told in
    words, and a guest's times are in the zone of whoever handed over.
    """

    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        visitor = request.visitor = visitor_of(request, kwargs.get("pk"))  # type: ignore[arg-type]
        if visitor is None:
            return _sign_in_again(request, kwargs)
        with _zone_of(visitor):
            return _answered(view, request, *args, **kwargs)

    return guarded


def _zone_of(visitor: Visitor) -> AbstractContextManager[object]:
    if not isinstance(visitor, Guest):
        return nullcontext()
    return timezone.override(visitor.handover.made_by.zone)


def _answered(view: Callable[..., HttpResponse], request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except NotYours as reason:
        administrator = request.user.has_role(Role.SYSTEM_ADMINISTRATOR)
        return render(request, "wizard/refused.html", {"reason": reason, "administrator": administrator}, status=403)
    except Refused as reason:
        messages.error(request, str(reason))
        return redirect(_step(request, kwargs))


def _step(request: HttpRequest, kwargs: dict[str, Any]) -> str:
    """The page a person was on when they sent something: an act's own address cannot be opened."""
    slug = kwargs.get("slug") or CheckForm(request.POST).slug
    try:
        return resolve_url("wizard:stage", kwargs["pk"], slug)
    except (KeyError, NoReverseMatch):
        return resolve_url("wizard:home")


def _sign_in_again(request: Any, kwargs: dict[str, Any]) -> HttpResponse:
    way = "handover:begin" if OPENED in request.session else "account_login"
    return sign_in_first(request, way=way, page=page_of(request, _step(request, kwargs)))
