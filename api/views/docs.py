from functools import cache

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
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
    operations = operations_in(get_language())
    return render(request, "api/docs.html", {"operations": operations, "kinds": KINDS, "scopes": Scope.choices})


@cache
def operations_in(_language: str) -> SafeString:
    """Return all operations, with headings in the language in use. They change only with a release of the product.

    To render them took 0.2 s of CPU, ten times as long as the rest of the page.
    """
    return render_to_string("api/operations.html", {"subjects": reference()})
