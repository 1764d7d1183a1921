from django.urls import URLPattern, path

from smartsync import views

app_name = "smartsync"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("<int:profile_pk>/", views.profile, name="profile"),
    path("<int:profile_pk>/start/", views.start, name="start"),
    path("<int:profile_pk>/lists/<slug:slug>/", views.items, name="list"),
    path("items/<int:item_pk>/", views.item, name="item"),
    path("runs/<int:run_pk>/", views.run, name="run"),
    path("runs/<int:run_pk>/progress/", views.run_progress, name="run_progress"),
    path("runs/<int:run_pk>/cancel/", views.cancel, name="cancel"),
    path("lists/<int:list_run_pk>/retry/", views.retry, name="retry"),
]
