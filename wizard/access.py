"""Who may open which page of the wizard, and what other users see."""

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

from accounts.access import UserRequest
from accounts.interrupted_posts import page_of, sign_in_first
from accounts.models import Customer, Role, User
from core.collation import Natural
from core.errors import Refused
from core.isolated_text import Sentence, join_names
from wizard.forms import CheckForm
from wizard.models import Connection, Guest, Handover, Visitor
from wizard.services import disconnected_words
from wizard.stages import SIGN_IN_STAGE, STAGES

P = ParamSpec("P")
# Session key. Its value is the hash of the token of the handover link that this browser opened.
OPENED = "handover_opened"
# Session key. Its value is the key of the handover whose steps an administrator sees as its guest does.
PREVIEWED = "handover_previewed"
SEEN_EVERY = timedelta(minutes=1)


class VisitorRequest(UserRequest):
    """A request of a signed-in user or of a handover's guest. For a guest, `user` is anonymous."""

    visitor: Visitor


class NoAccess(PermissionDenied):
    """Carries a text for the user: why they have no access, and who has it."""


class Disconnected(Exception):
    """The connection is disconnected, so its page says so instead of the page that was asked for."""


def root_administrators(customer: Customer) -> list[str]:
    """Names of the users who may connect this customer."""
    people = User.objects.root_administrators().filter(customer=customer)
    return list(people.order_by(Natural("name")).values_list("name", flat=True))


def is_at_root(user: User) -> bool:
    return user.home_org_unit is not None and user.home_org_unit.is_root


def is_guest(request: HttpRequest) -> bool:
    """Whether a visitor without an account opened a handover in this browser."""
    return not request.user.is_authenticated and OPENED in request.session


def may_act(visitor: Visitor) -> bool:
    """Whether the visitor may change what they see. A guest sees only the steps handed over, and may change those."""
    if isinstance(visitor, Guest):
        return not visitor.is_preview
    return not visitor.is_beanworks and visitor.has_role(Role.SYSTEM_ADMINISTRATOR) and is_at_root(visitor)


def sees(visitor: Visitor, slug: str) -> bool:
    return not isinstance(visitor, Guest) or slug in visitor.handover.stages


def administrator_or_refuse(user: User) -> None:
    """Raise NoAccess unless the user is a System Administrator, or works for Beanworks and may look."""
    if user.is_beanworks:
        return
    if not user.role_names():
        raise NoAccess(_("You have no role yet. Ask a System Administrator of your company to give you one."))
    if not user.has_role(Role.SYSTEM_ADMINISTRATOR):
        raise NoAccess(_("Only System Administrators can connect Sage Intacct. With your role, you can use SmartSync."))


def root_or_refuse(user: User) -> Customer:
    """Return the customer that this user may connect, or raise NoAccess."""
    if user.customer is None:
        raise NoAccess(_("You can view a customer’s connection, but only the customer can change it."))
    administrator_or_refuse(user)
    if not is_at_root(user):
        words = _("Only a System Administrator whose home is the Root Org Unit can connect (now: %(names)s).")
        names = join_names(root_administrators(user.customer)) or _("none; ask Beanworks support")
        raise NoAccess(Sentence(words, {"names": names}))
    return user.customer


def connection_for(request: VisitorRequest, pk: int, slug: str = "", *, act: bool = False) -> Connection:
    """Return the connection whose stage `slug` the visitor opens, or with `act` changes.

    Raises what `any_connection_for` does. Raises Disconnected unless it is connected; a new password may be entered.
    """
    connection = any_connection_for(request, pk, slug, act=act)
    if connection.disconnected_at and slug != SIGN_IN_STAGE.slug:
        raise Disconnected
    return connection


def ending_connection_for(request: VisitorRequest, pk: int) -> Connection:
    """Return the connection that the user may disconnect: an administrator of the customer, or support."""
    visitor = request.visitor
    if visitor.is_beanworks and not (isinstance(visitor, User) and visitor.is_support):
        raise NoAccess(_("Only Beanworks support and the customer’s administrators can disconnect."))
    return any_connection_for(request, pk)


def any_connection_for(request: VisitorRequest, pk: int, slug: str = "", *, act: bool = False) -> Connection:
    """Return the connection, also if it is disconnected.

    Raises Http404 for a connection of another customer, and for a guest if the step is not handed over. Raises NoAccess
    in other cases without access. Pages without `slug` are never open to guests.
    """
    visitor = request.visitor
    if not sees(visitor, slug):
        raise Http404
    visible = Connection.objects.visible_to(visitor).select_related("customer", "created_by__home_org_unit")
    connection = get_object_or_404(visible, pk=pk)
    if isinstance(visitor, Guest):
        if act and visitor.is_preview:
            raise NoAccess(_("This is a preview. End it to change the step."))
        return connection
    _reuse_loaded_rows(visitor, connection)
    administrator_or_refuse(visitor)
    if act or not (visitor.is_beanworks or _is_open_below_root(slug)):
        root_or_refuse(visitor)
    return connection


def _is_open_below_root(slug: str) -> bool:
    return slug in STAGES and STAGES[slug].is_open_below_root


def visitor_of(request: Any, pk: int | None) -> Visitor | None:
    """Return the signed-in user or the guest of this connection. A user with their own access is never a guest."""
    user = request.user if request.user.is_authenticated else None
    guest = _find_guest(request.session.get(OPENED), pk)
    if user is None or guest is None:
        return user or guest
    own = user.is_beanworks or (user.customer_id == guest.handover.connection.customer_id and may_act(user))
    return user if own else guest


def _previewed(request: Any, visitor: Visitor, kwargs: dict[str, Any]) -> Visitor:
    """Return the guest whose steps an administrator previews. Any page that is not a step ends the preview."""
    if PREVIEWED not in request.session:
        return visitor
    if "slug" not in kwargs:
        del request.session[PREVIEWED]
        return visitor
    handovers = Handover.objects.filter(connection__customer=request.user.customer_id, connection=kwargs["pk"])
    handover = handovers.select_related("connection__customer", "created_by").filter(pk=request.session[PREVIEWED])
    return Guest(handover.get(), is_preview=True) if may_act(visitor) and handover.exists() else visitor


def _find_guest(opened: str | None, pk: int | None) -> Guest | None:
    if not opened or pk is None:
        return None
    handover = Handover.objects.by_link(opened)
    if handover is None or handover.connection_id != pk or handover.opened_at is None:
        return None
    now = timezone.now()
    long_ago = Q(last_seen_at=None) | Q(last_seen_at__lt=now - SEEN_EVERY)
    Handover.objects.filter(long_ago, pk=handover.pk).update(last_seen_at=now)
    return handover.guest


def _reuse_loaded_rows(user: User, connection: Connection) -> None:
    """Reuse the customer and org unit loaded with the connection, which saves two queries."""
    if user.customer_id == connection.customer_id:
        user.customer = connection.customer
    creator = connection.created_by
    if creator and creator.home_org_unit_id == user.home_org_unit_id:
        user.home_org_unit = creator.home_org_unit


def wizard_page(view: Callable[Concatenate[VisitorRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view for signed-in users and guests.

    Others sign in first and return to the same step. A refusal is shown as a text. A guest sees times in the time zone
    of the user who made the handover.
    """

    @wraps(view)
    def wrapper(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        visitor = request.visitor = visitor_of(request, kwargs.get("pk"))  # type: ignore[arg-type]
        if visitor is None:
            return _sign_in_again(request, kwargs)
        visitor = request.visitor = _previewed(request, visitor, kwargs)
        with _time_zone_of(visitor):
            return _respond(view, request, *args, **kwargs)

    return wrapper


def _time_zone_of(visitor: Visitor) -> AbstractContextManager[object]:
    if not isinstance(visitor, Guest):
        return nullcontext()
    return timezone.override(visitor.handover.created_by.zone)


def _respond(view: Callable[..., HttpResponse], request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except NoAccess as reason:
        administrator = request.user.has_role(Role.SYSTEM_ADMINISTRATOR)
        return render(request, "wizard/refused.html", {"reason": reason, "administrator": administrator}, status=403)
    except Disconnected:
        if request.method == "POST":
            messages.error(request, disconnected_words())
        return redirect("wizard:connection", kwargs["pk"])
    except Refused as reason:
        messages.error(request, str(reason))
        return redirect(_step_url(request, kwargs))


def _step_url(request: HttpRequest, kwargs: dict[str, Any]) -> str:
    """The page from which the user sent the request. The address of an action cannot be opened with GET."""
    slug = kwargs.get("slug") or CheckForm(request.POST).slug
    try:
        return resolve_url("wizard:stage", kwargs["pk"], slug)
    except (KeyError, NoReverseMatch):
        return resolve_url("wizard:home")


def _sign_in_again(request: Any, kwargs: dict[str, Any]) -> HttpResponse:
    way = "handover:begin" if OPENED in request.session else "account_login"
    return sign_in_first(request, way=way, page=page_of(request, _step_url(request, kwargs)))
