from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from api.problems import KINDS
from api.reference import document, reference
from api.scopes import Scope


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI document."""
    return JsonResponse(document())


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show the reference of the API. It needs no key and no sign-in, since it holds no data."""
    return render(request, "api/docs.html", {"subjects": reference(), "kinds": KINDS, "scopes": Scope.choices})
