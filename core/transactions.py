"""Transactions of requests."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponse

View = Callable[..., HttpResponse]


def atomic_post(view: View) -> View:
    """Decorate a view so that its POST is one transaction.

    Its GET is not. Within a transaction, the header could not leave out a count whose table is locked: after an error,
    PostgreSQL refuses every query of the transaction.
    """
    in_transaction = transaction.atomic(view)

    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = in_transaction if request.method == "POST" else view
        return answer(request, *args, **kwargs)

    return wrapper
