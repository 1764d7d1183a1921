from django.urls import include, path

from practice import control_api
from practice.gateway.views import gateway

urlpatterns = [
    path("ia/xml/xmlgw.phtml", gateway, name="gateway"),
    path("control/", include(control_api.urlpatterns)),
    path("", include("practice.screens.urls")),
]
