from django.urls import URLPattern, path

from api import views
from api.v1 import api

app_name = "api_keys"
urlpatterns: list[URLPattern] = [
    path("", views.api_keys, name="index"),
    path("new/", views.key_new, name="new"),
    path("<int:key_pk>/token/", views.key_token, name="token"),
    path("<int:key_pk>/rotate/", views.key_rotate, name="rotate"),
    path("<int:key_pk>/revoke/", views.key_revoke, name="revoke"),
]
open_urlpatterns: list[URLPattern] = [
    path("api/v1/openapi.json", views.openapi, name="openapi"),
    path("api/v1/docs", views.docs, name="api_docs"),
    path("arrival/<slug:token>/", views.arrival, name="arrival"),
]
api_urls = api.urls
