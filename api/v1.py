"""Version 1 of the API: its resources, how errors are answered, and its OpenAPI document."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from api.connections import router as connections
from api.documents import complete_document
from api.problems import Problem, on_http_error, on_validation_error, problem_response
from core.errors import Refused


class Api(NinjaAPI):
    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**options)
        complete_document(document)
        return document


api = Api(
    title="Beanworks Connect API",
    version="1",
    description="Connections of customers to Sage Intacct, and their lists. See docs/api.md.",
    urls_namespace="api",
    docs_url=None,
)
api.add_router("/connections", connections)

api.exception_handler(ValidationError)(on_validation_error)
api.exception_handler(HttpError)(on_http_error)


@api.exception_handler(Problem)
def _on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem)


@api.exception_handler(Refused)
def _on_refusal(request: HttpRequest, reason: Refused) -> HttpResponse:
    return problem_response(Problem("refused", str(reason)))
