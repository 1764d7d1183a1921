"""Version 1 of the API: its resources, how errors are answered, and its OpenAPI document."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from api.arrivals import router as arrivals
from api.connections import router as connections
from api.customers import router as customers
from api.documents import complete_document
from api.lists import router as lists
from api.organizations import router as organizations
from api.parameters import refuse_unknown_parameters
from api.problems import Problem, on_http_error, on_validation_error, problem_response
from api.profiles import router as profiles
from api.records import router as records
from api.runs import router as runs
from api.users import router as users
from api.webhook_endpoints import router as webhook_endpoints
from core.errors import Refused


class Api(NinjaAPI):
    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**options)
        complete_document(document, self._scopes())
        return document

    def _scopes(self) -> dict[str, Sequence[str]]:
        """Return the scopes of each operation, by its ID. A key needs one of them."""
        views = [view for router in self._get_bound_routers() for view in router.path_operations.values()]
        operations = [operation for view in views for operation in view.operations]
        return {self.get_openapi_operation_id(operation): _scopes_of(operation) for operation in operations}


def _scopes_of(operation: Operation) -> Sequence[str]:
    return [scope for auth in operation.auth_callbacks for scope in auth.scopes]  # type: ignore[attr-defined]


api = Api(
    title="Beanworks Connect API",
    version="1",
    description="Connections of customers to Sage Intacct, and their lists. See docs/api.md.",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
)
api.add_decorator(refuse_unknown_parameters)
for prefix, router in (
    ("/customers", customers),
    ("", organizations),
    ("", users),
    ("/connections", connections),
    ("/connect-sessions", arrivals),
    ("/sync-profiles", profiles),
    ("/runs", runs),
    ("", lists),
    ("", records),
    ("", webhook_endpoints),
):
    api.add_router(prefix, router)

api.exception_handler(ValidationError)(on_validation_error)
api.exception_handler(HttpError)(on_http_error)


@api.exception_handler(Problem)
def _on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_response(problem)


@api.exception_handler(Refused)
def _on_refusal(request: HttpRequest, reason: Refused) -> HttpResponse:
    return problem_response(Problem("refused", str(reason)))
