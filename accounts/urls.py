from django.urls import URLPattern, path

from accounts import views

app_name = "people"
urlpatterns: list[URLPattern] = [
    path("", views.me, name="me"),
    path("devices/<int:device_pk>/sign-out/", views.device_end, name="device_end"),
]
