"""What pages show in practice mode only. This package is no app outside it."""

from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from beanworks_connect.demo.screens import practice_address, screens_of
from beanworks_connect.demo.team import ACCOUNTS, PASSWORD, Account
from beanworks_connect.demo.tries import Try, tries_for
from core.text import Words

register = template.Library()
register.simple_tag(practice_address)


@register.simple_tag
def practice_screens(page: Any) -> list[tuple[str, str]]:
    """Return the practice company's screens of the step that `page` is about; none on other pages."""
    is_step = hasattr(page, "stage") and hasattr(page, "connection")
    return screens_of(page.connection, page.stage.slug) if is_step else []


@register.simple_tag
def things_to_try(user: User | AnonymousUser | None) -> tuple[Try, ...]:
    return tries_for(user) if isinstance(user, User) else ()


@register.simple_tag
def demo_accounts() -> dict[Words, tuple[Account, ...]]:
    return ACCOUNTS


@register.simple_tag
def demo_password() -> str:
    return PASSWORD
