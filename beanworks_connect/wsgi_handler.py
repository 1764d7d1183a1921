from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters


class Utf8Request(WSGIRequest):
    """A request that reads everything as UTF-8. `incoming` refuses forms that name another charset.

    Django decodes the query with the charset that the client names, before any middleware runs. Python knows charsets
    that decode no text, such as quopri, and with one of those the request failed.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


class Handler(WSGIHandler):
    request_class = Utf8Request
