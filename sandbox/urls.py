from importlib.util import find_spec

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from sandbox import control
from sandbox.gateway.views import gateway
from sandbox.world import world


def companies(request: HttpRequest) -> HttpResponse:
    return HttpResponse("\n".join(world.companies), content_type="text/plain")


urlpatterns = [
    path("ia/xml/xmlgw.phtml", gateway),
    path("control/", include(control.urlpatterns)),
    path("", include("sandbox.screens.urls")) if find_spec("sandbox.screens") else path("", companies),
]
