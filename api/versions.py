"""Entity tags, so that of two clients that change the same resource the second learns about the first."""

import re
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from ninja import Schema

from api.problems import Problem

TAG = re.compile(r'(?:W/)?"[^"]*"')


def tag_of(resource: Schema) -> str:
    """Return the entity tag: a digest of the resource as the API shows it."""
    return f'"{sha256(resource.model_dump_json().encode()).hexdigest()[:32]}"'


def with_tag(response: HttpResponse, resource: Schema) -> Schema:
    """Add the entity tag to the response, and return the resource."""
    response.headers["ETag"] = tag_of(resource)
    return resource


def refuse_if_changed(request: HttpRequest, resource: Schema) -> None:
    """Raise Problem unless the request names the present version. Lock the row before."""
    sent = request.headers.get("If-Match", "")
    if not sent:
        raise Problem("if_match_missing", "Send the ETag of the resource that you read as If-Match, or “*”.")
    if sent.strip() != "*" and tag_of(resource) not in TAG.findall(sent):
        raise Problem("changed", "Read the resource again, and decide whether your change still applies.")
