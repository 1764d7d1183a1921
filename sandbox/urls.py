from django.urls import include, path

from sandbox import control
from sandbox.gateway.views import gateway

urlpatterns = [
    path("ia/xml/xmlgw.phtml", gateway, name="gateway"),
    path("control/", include(control.urlpatterns)),
    path("", include("sandbox.screens.urls")),
]
