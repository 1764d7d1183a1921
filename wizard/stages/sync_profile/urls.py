from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from wizard.stages.sync_profile import STAGE, views
from wizard.views.stage import stage

SLUG = {"slug": STAGE.slug}
urlpatterns: list[URLPattern] = [
    path("<int:pk>/profile/", require_POST(stage), SLUG, name="profile"),
    path("<int:pk>/profile/<int:profile_pk>/withdraw/", views.withdraw, SLUG, name="withdraw"),
    path("<int:pk>/profile/<int:profile_pk>/level/", views.change_level, SLUG, name="change_level"),
    path("<int:pk>/profile/<int:profile_pk>/answer/", views.answer, SLUG, name="answer"),
]
