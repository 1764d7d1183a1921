from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from wizard import views

app_name = "wizard"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("start/", views.start, name="start"),
    path("<int:pk>/check/", views.check, name="check"),
    path("<int:pk>/unlocked/", views.unlocked, name="unlocked"),
    path("<int:pk>/missing/", views.missing, name="missing"),
    path("<int:pk>/package/", views.package, name="package"),
    path("<int:pk>/print/", views.printout, name="printout"),
    path("<int:pk>/handover/", views.handover, name="handover"),
    path("<int:pk>/handover/<int:handover_pk>/renew/", views.handover_renew, name="handover_renew"),
    path("<int:pk>/handover/<int:handover_pk>/take-over/", views.handover_take_over, name="handover_take_over"),
    path("<int:pk>/handover/<int:handover_pk>/end/", views.handover_revoke, name="handover_revoke"),
    path("<int:pk>/level/", views.level, {"slug": "credentials"}, name="level"),
    path("<int:pk>/profile/", require_POST(views.stage), {"slug": "sync_profile"}, name="profile"),
    path("<int:pk>/profile/<int:profile_pk>/withdraw/", views.withdraw, {"slug": "sync_profile"}, name="withdraw"),
    path("<int:pk>/profile/<int:profile_pk>/answer/", views.answer, {"slug": "sync_profile"}, name="answer"),
    path("<int:pk>/<slug:slug>/", views.stage, name="stage"),
    path("<int:pk>/<slug:slug>/draft/", views.draft, name="draft"),
    path("<int:pk>/<slug:slug>/tick/", views.tick, name="tick"),
    path("<int:pk>/<slug:slug>/attest/", views.attest, name="attest"),
    path("<int:pk>/<slug:slug>/findings/", views.findings, name="findings"),
]

# Where a guest starts. After that, guests use the pages above.
handover_urlpatterns: list[URLPattern] = [
    path("", views.begin, name="begin"),
    path("<slug:token>/", views.link, name="link"),
]

# Needs no sign-in, because emails and guests link here.
help_urlpatterns: list[URLPattern] = [
    path("", views.help_index, name="index"),
    path("<str:code>/", views.help_topic, name="topic"),
]
