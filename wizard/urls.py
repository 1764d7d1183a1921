from django.urls import URLPattern, path

from wizard import views
from wizard.stages import urls as stages

app_name = "wizard"
urlpatterns: list[URLPattern] = [
    path("", views.home, name="home"),
    path("start/", views.start, name="start"),
    path("<int:pk>/", views.connection, name="connection"),
    path("<int:pk>/check/", views.check, name="check"),
    path("<int:pk>/confirm/", views.confirm, name="confirm"),
    path("<int:pk>/disconnect/", views.disconnect, name="disconnect"),
    path("<int:pk>/remove-in-intacct/", views.removal, name="removal"),
    path("<int:pk>/unlocked/", views.unlocked, name="unlocked"),
    path("<int:pk>/print/", views.printout, name="printout"),
    path("<int:pk>/handover/", views.handover, name="handover"),
    path("<int:pk>/handover/<int:handover_pk>/address/", views.handover_address, name="handover_address"),
    path("<int:pk>/handover/<int:handover_pk>/preview/", views.handover_preview, name="handover_preview"),
    path("<int:pk>/handover/<int:handover_pk>/renew/", views.handover_renew, name="handover_renew"),
    path("<int:pk>/handover/<int:handover_pk>/take-over/", views.handover_take_over, name="handover_take_over"),
    path("<int:pk>/handover/<int:handover_pk>/end/", views.handover_revoke, name="handover_revoke"),
    path("<int:pk>/test-bill/", views.test_bill, name="test_bill"),
    path("<int:pk>/test-bill/act/", views.test_bill_act, name="test_bill_act"),
    path("<int:pk>/test-bill/<int:profile_pk>/<str:field>/", views.test_bill_records, name="test_bill_records"),
    *stages.urlpatterns,
    path("<int:pk>/<slug:slug>/", views.stage, name="stage"),
    path("<int:pk>/<slug:slug>/draft/", views.draft, name="draft"),
    path("<int:pk>/<slug:slug>/tick/", views.tick, name="tick"),
    path("<int:pk>/<slug:slug>/attest/", views.attest, name="attest"),
]

# Where a guest starts. After that, guests use the pages above.
handover_urlpatterns: list[URLPattern] = [
    path("", views.begin, name="begin"),
    path("another-device/", views.move, name="move"),
    path("<slug:token>/", views.link, name="link"),
]

# The link on a test bill. It needs no sign-in: the people who see bills in Intacct may have no account here.
test_bill_urlpatterns: list[URLPattern] = [path("<slug:token>/", views.test_bill_link, name="link")]

# Needs no sign-in, because emails and guests link here.
help_urlpatterns: list[URLPattern] = [
    path("", views.help_index, name="index"),
    path("<str:code>/", views.help_topic, name="topic"),
]
