"""What every request of the API passes: errors as problem documents, the key, its rate limit, and POSTs done once."""

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from api.access import key_of
from api.deprecations import deprecation_headers
from api.idempotency import do_once
from api.problems import CONTENT_TYPE, Problem, problem_of_status, problem_response
from api.rate_limit import use_allowance
from api.reference import document
from audit.services import act_with

View = Callable[[HttpRequest], HttpResponse]
ROOT = "/api/"
# What can be read without a key.
OPEN = ("/api/v1/docs", "/api/v1/openapi.json")
SAFE = ("GET", "HEAD", "OPTIONS")
PASSED_ON = ("Allow", "Retry-After")


def problems(get_response: View) -> View:
    """Turn every other error under the API's addresses into a problem document.

    Such an error is Django's own, such as 404, or comes from another part of the product.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_error = request.path.startswith(ROOT) and response.status_code >= 400
        if not is_error or response.headers.get("Content-Type") == CONTENT_TYPE:
            return response
        problem = problem_of_status(response.status_code)
        problem.headers = {name: response[name] for name in PASSED_ON if name in response}
        answer = problem_response(problem)
        # Django logs every error once, by this mark.
        answer._has_been_logged = getattr(response, "_has_been_logged", False)  # type: ignore[attr-defined]
        return answer

    return middleware


def keys(get_response: View) -> View:
    """Find the key of the request and count it. What the endpoint does is recorded as done with this key."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ROOT) or request.path in OPEN:
            return get_response(request)
        try:
            return _answer(request, get_response)
        except Problem as problem:
            return problem_response(problem)

    return middleware


def _answer(request: HttpRequest, get_response: View) -> HttpResponse:
    key = request.key = key_of(request)  # type: ignore[attr-defined]
    allowance = use_allowance(key)
    with act_with(key):
        response = _respond(request, get_response)
    for name, value in (allowance.headers | deprecation_headers(request, document())).items():
        response.headers[name] = value
    return response


def _respond(request: HttpRequest, get_response: View) -> HttpResponse:
    try:
        if request.method == "POST":
            return do_once(request.key, request, get_response)  # type: ignore[attr-defined]
        return get_response(request) if request.method in SAFE else _undo_failures(request, get_response)
    except Problem as problem:
        return problem_response(problem)


def _undo_failures(request: HttpRequest, get_response: View) -> HttpResponse:
    """Answer in one transaction, so that a request that is refused has changed nothing."""
    with transaction.atomic():
        response = get_response(request)
        if response.status_code >= 300:
            transaction.set_rollback(True)
    return response
