"""The OpenAPI document as a page shows it: operations by subject, with parameters, bodies and responses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from api.v1 import api

Document = dict[str, Any]


@dataclass(frozen=True)
class Value:
    """A parameter, or a field of a body or a response. `type` is in words."""

    name: str
    type: str
    is_required: bool
    description: str
    place: str = ""


@dataclass(frozen=True)
class Operation:
    id: str
    method: str
    path: str
    summary: str
    description: str
    scopes: tuple[str, ...]
    parameters: tuple[Value, ...]
    body: tuple[Value, ...]
    status: str
    response: tuple[Value, ...]


@cache
def document() -> Document:
    """Return the OpenAPI document. To build it takes 0.1 s, and anyone may ask for it."""
    return api.get_openapi_schema()


@cache
def reference() -> Mapping[str, list[Operation]]:
    """Return all operations by their subject."""
    subjects: dict[str, list[Operation]] = {}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            subjects.setdefault(operation["tags"][0], []).append(_operation(document(), method, path, operation))
    return subjects


def _operation(document: Document, method: str, path: str, operation: Document) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    status, success = next((status, value) for status, value in operation["responses"].items() if status < 300)
    response = success.get("content", {}).get("application/json", {}).get("schema", {})
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        scopes=tuple(scope for choice in operation["security"] for scope in choice["ApiToken"]),
        parameters=tuple(_parameters(operation)),
        body=tuple(_fields(document, body)),
        status=f"{status} {HTTPStatus(status).phrase}",
        response=tuple(_fields(document, response)),
    )


def _parameters(operation: Document) -> Iterator[Value]:
    for parameter in operation["parameters"]:
        schema, description = parameter["schema"], parameter.get("description", "")
        yield Value(parameter["name"], _words(schema), parameter["required"], description, parameter["in"])


def _fields(document: Document, schema: Document, prefix: str = "", depth: int = 0) -> Iterator[Value]:
    """Yield the fields of an object, and of objects in it: `data[].id`."""
    schema = _resolve(document, schema)
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        yield Value(prefix + name, _words(field), name in required, field.get("description", ""))
        if depth < 3:
            inner, mark = (field["items"], "[].") if "items" in field else (field, ".")
            yield from _fields(document, inner, f"{prefix}{name}{mark}", depth + 1)


def _resolve(document: Document, schema: Document) -> Document:
    for choice in schema.get("anyOf", ()):
        if "$ref" in choice:
            return _resolve(document, choice)
    if "$ref" not in schema:
        return schema
    resolved: Document = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return resolved


def _words(schema: Document) -> str:
    """Return a type in words: “string (date-time) or null”."""
    if "anyOf" in schema:
        return " or ".join(_words(choice) for choice in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(str(value) or "“”" for value in schema["enum"])
    if "items" in schema:
        return f"list of {_words(schema['items'])}"
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    form = schema.get("format")
    return f"{schema.get('type', 'any')} ({form})" if form else str(schema.get("type", "any"))
