from django.urls import URLPattern, path

from mail import views

app_name = "mail"
urlpatterns: list[URLPattern] = [
    path("", views.choices, name="choices"),
    path("off/<str:token>/", views.turn_off, name="turn_off"),
]
practice_urlpatterns: list[URLPattern] = [
    path("", views.outbox, name="emails"),
    path("<int:email_pk>/", views.outbox_email, name="email"),
    path("<int:email_pk>/html/", views.outbox_html, name="html"),
]
