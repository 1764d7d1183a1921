"""What the OpenAPI document says about every operation: problem documents, headers, and the scopes of a key."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.deprecations import mark_deprecated
from api.idempotency import ALLOWED
from api.idempotency import HEADER as IDEMPOTENCY_KEY
from api.problems import CONTENT_TYPE, KINDS
from api.types import ProblemDocument

REFERENCE = "#/components/schemas/{model}"
Document = dict[str, Any]
# Statuses that every operation can have, and those that depend on what it takes.
ALWAYS = {400, 401, 403, 404, 405, 429, 500, 503}
WITH_VALUES = {422}
WITH_BODY = {409, 413, 415}
PARAMETERS: Mapping[str, Document] = {
    "post": {
        "in": "header",
        "name": IDEMPOTENCY_KEY,
        "required": True,
        "description": "A new random text for each action, and the same one when you repeat a request.",
        "schema": {"type": "string", "pattern": f"^{ALLOWED.pattern}$"},
    },
    "patch": {
        "in": "header",
        "name": "If-Match",
        "required": True,
        "description": "The ETag of the resource that you read, or * for any.",
        "schema": {"type": "string", "pattern": '^(\\*|"[0-9a-f]{32}")$'},
    },
}


def complete_document(document: Document, scopes: Mapping[str, Sequence[str]]) -> None:
    """Add what is the same for all operations of one method, and the scopes of each operation."""
    problem = ProblemDocument.model_json_schema(ref_template=REFERENCE)
    document["components"]["schemas"].update(problem.pop("$defs"), ProblemDocument=problem)
    for method, operation in operations(document):
        operation["security"] = [{"ApiToken": [scope]} for scope in scopes[operation["operationId"]]]
        if parameter := PARAMETERS.get(method):
            operation["parameters"].append(parameter)
        for status in sorted(_statuses(method)):
            operation["responses"].setdefault(status, described_problem(status))
    mark_deprecated(document)


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for methods in document["paths"].values():
        yield from methods.items()


def _statuses(method: str) -> set[int]:
    statuses = ALWAYS | WITH_VALUES | (WITH_BODY if method != "get" else set())
    return statuses | ({412, 428} if method == "patch" else set())


def described_problem(status: int) -> Document:
    """Return what the document says about the problems with this status."""
    codes = [code for code, kind in KINDS.items() if kind.status == status]
    schema = {"$ref": REFERENCE.format(model=ProblemDocument.__name__)}
    return {"description": ", ".join(codes), "content": {CONTENT_TYPE: {"schema": schema}}}
