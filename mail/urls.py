from django.urls import URLPattern, path

from mail import views

app_name = "mail"
urlpatterns: list[URLPattern] = [
    path("", views.choices, name="choices"),
    path("off/<str:token>/", views.turn_off, name="turn_off"),
]
notification_urlpatterns: list[URLPattern] = [
    path("", views.notifications, name="index"),
    path("<int:notification_pk>/read/", views.notification_read, name="read"),
    path("<int:notification_pk>/read-all/", views.notifications_read_until, name="read_until"),
]
practice_urlpatterns: list[URLPattern] = [
    path("", views.outbox, name="emails"),
    path("<int:email_pk>/", views.outbox_email, name="email"),
    path("<int:email_pk>/html/", views.outbox_html, name="html"),
]
