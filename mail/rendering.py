"""What surrounds an email to a user or a guest: why they get it, and whom they can ask."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone, translation

from accounts.models import Customer, User
from core.emails import EmailContent, Frame, render_email
from core.menus import use_menu
from mail.kinds import EmailKind
from mail.opt_out_links import opt_out_path


def render_email_for(user: User, kind: EmailKind, context: Mapping[str, Any], link: str) -> EmailContent:
    customer = None if user.is_beanworks else user.customer
    frame = Frame(kind.reason, kind.action, link, user.name, _contact_of(customer), opt_out_path(user, kind))
    menu = use_menu(older=user.has_older_menu)
    with translation.override(user.language), timezone.override(user.zone), menu:
        return render_email(kind.slug, context, frame)


def render_email_to_guest(
    name: str, kind: EmailKind, context: Mapping[str, Any], link: str, customer: Customer | None
) -> EmailContent:
    contact = None if kind.internal else _contact_of(customer)
    return render_email(kind.slug, context, Frame(kind.reason, kind.action, link, name, contact))


def _contact_of(customer: Customer | None) -> tuple[str, str] | None:
    manager = customer.success_manager if customer else None
    return (manager.name, manager.email) if manager and manager.is_active else None
