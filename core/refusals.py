"""Show a user why what they asked was refused. Both are for `with`: what follows the refusal in its body is skipped."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest

from core.errors import Refused


@contextmanager
def show_refusal_in(form: Form, field: str | None = None) -> Iterator[None]:
    """Show a refusal beside this field of the form; without a field, above all of them."""
    try:
        yield
    except Refused as reason:
        form.add_error(field, str(reason))


@contextmanager
def show_refusal_to(request: HttpRequest) -> Iterator[None]:
    """Show a refusal as a message on the next page."""
    try:
        yield
    except Refused as reason:
        messages.error(request, str(reason))
