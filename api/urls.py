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
webhook_urlpatterns: list[URLPattern] = [
    path("", views.webhooks, name="index"),
    path("new/", views.new_endpoint, name="new"),
    path("<int:endpoint_pk>/", views.endpoint, name="endpoint"),
    path("<int:endpoint_pk>/change/", views.change_endpoint, name="change"),
    path("<int:endpoint_pk>/secret/", views.show_secret, name="secret"),
    path("<int:endpoint_pk>/rotate/", views.rotate_secret, name="rotate"),
    path("<int:endpoint_pk>/enable/", views.enable_endpoint, name="enable"),
    path("<int:endpoint_pk>/disable/", views.disable_endpoint, name="disable"),
    path("<int:endpoint_pk>/delete/", views.delete_endpoint, name="delete"),
    path("<int:endpoint_pk>/test/", views.send_test, name="test"),
    path("deliveries/<int:delivery_pk>/", views.delivery, name="delivery"),
    path("deliveries/<int:delivery_pk>/send-again/", views.send_again, name="send_again"),
]
open_urlpatterns: list[URLPattern] = [
    path("api/v1/openapi.json", views.openapi, name="openapi"),
    path("api/v1/docs", views.docs, name="api_docs"),
    path("arrival/<slug:token>/", views.arrival, name="arrival"),
]
api_urls = api.urls
