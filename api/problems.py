"""Errors of the API, as problem documents (RFC 9457)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Self

from django.http import HttpRequest, HttpResponse
from ninja.errors import HttpError, ValidationError
from ninja.responses import Response

from core.links import absolute_url
from core.request_ids import request_id

CONTENT_TYPE = "application/problem+json"


class Kind(NamedTuple):
    """A kind of error: its status code, and a title that is the same every time."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = {
    "bad_request": Kind(400, "The request cannot be read"),
    "invalid_cursor": Kind(400, "The cursor is not one that this list returned"),
    "idempotency_key_missing": Kind(400, "The header Idempotency-Key is missing or invalid"),
    "invalid_key": Kind(401, "The API key is missing, unknown, expired or revoked"),
    "missing_scope": Kind(403, "The API key lacks the scope for this"),
    "not_for_this_key": Kind(403, "The API key is limited to one customer"),
    "not_found": Kind(404, "There is no such resource, or the API key cannot see it"),
    "method_not_allowed": Kind(405, "This address does not have this method"),
    "refused": Kind(409, "The present state does not allow this"),
    "already_done": Kind(409, "The request was done, and its response can no longer be read"),
    "cursor_too_old": Kind(410, "The cursor is too old: start again without one"),
    "changed": Kind(412, "The resource was changed by someone else"),
    "too_large": Kind(413, "The body is too large"),
    "unsupported_media_type": Kind(415, "The body is not JSON"),
    "invalid_fields": Kind(422, "Some values are invalid"),
    "idempotency_key_reused": Kind(422, "The Idempotency-Key was used for another request"),
    "if_match_missing": Kind(428, "The header If-Match is missing"),
    "too_many_requests": Kind(429, "The API key sent too many requests"),
    "internal_error": Kind(500, "Something failed on our side"),
    "unavailable": Kind(503, "The service is not available for a moment"),
}
# The code of an error that another part of the product answered: the first one with its status.
OF_STATUS = {kind.status: code for code, kind in reversed(list(KINDS.items()))}


class Problem(Exception):
    """Raise this to answer with a problem document. `errors` names what is wrong: see `errors_of`."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        errors: Iterable[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.code, self.detail, self.errors, self.headers = code, detail, list(errors), headers or {}

    @classmethod
    def of_field(cls, pointer: str, code: str, detail: str) -> Self:
        """Return the problem of one field of the body, at this JSON Pointer."""
        return cls("invalid_fields", errors=[{"pointer": pointer, "code": code, "detail": detail}])


def problem_response(problem: Problem) -> HttpResponse:
    kind = KINDS[problem.code]
    body: dict[str, Any] = {
        "type": absolute_url(f"/api/v1/docs#{problem.code}"),
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail or f"{kind.title}.",
        "code": problem.code,
        "request_id": request_id(),
        "errors": problem.errors,
    }
    headers = dict(problem.headers)
    if kind.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(body, status=kind.status, content_type=CONTENT_TYPE, headers=headers)


def problem_of_status(status: int, detail: str = "") -> Problem:
    return Problem(OF_STATUS.get(status, "internal_error" if status >= 500 else "bad_request"), detail)


def on_validation_error(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem_response(Problem("invalid_fields", errors=errors_of(error)))


def on_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return problem_response(problem_of_status(error.status_code, str(error)))


def errors_of(error: ValidationError) -> list[dict[str, str]]:
    """Return each error with its place: the JSON Pointer of a field, or the name of a parameter."""
    return [{**_place(fault["loc"]), "code": str(fault["type"]), "detail": str(fault["msg"])} for fault in error.errors]


def _place(path: tuple[str | int, ...]) -> dict[str, str]:
    source, *names = path
    if source == "body":
        # The first name is that of the endpoint's argument, which the client does not know.
        return {"pointer": "#" + "".join(f"/{_escaped(name)}" for name in names[1:])}
    return {"parameter": str(names[-1]) if names else str(source)}


def _escaped(name: str | int) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
