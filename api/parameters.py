"""Parameters of the query: names that are not in the document are refused, so that a misspelled one is noticed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from ninja.operation import Operation

from api.problems import Problem

Endpoint = Callable[..., Any]


def refuse_unknown_parameters(endpoint: Endpoint) -> Endpoint:
    """Decorate an endpoint."""
    known = _parameters_of(endpoint._ninja_operation)  # type: ignore[attr-defined]

    @wraps(endpoint)
    def checked(request: HttpRequest, *args: Any, **values: Any) -> Any:
        errors = [
            {"parameter": name, "code": "extra_forbidden", "detail": "There is no such parameter."}
            for name in sorted(request.GET.keys() - known)
        ]
        if errors:
            raise Problem("invalid_fields", errors=errors)
        return endpoint(request, *args, **values)

    return checked


def _parameters_of(operation: Operation) -> set[str]:
    queries = (model for model in operation.models if model.__ninja_param_source__ == "query")
    return {name for query in queries for name in query.__ninja_flatten_map__}
