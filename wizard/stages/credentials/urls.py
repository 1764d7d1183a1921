from django.urls import URLPattern, path

from wizard.stages.credentials import STAGE, views

urlpatterns: list[URLPattern] = [path("<int:pk>/level/", views.level, {"slug": STAGE.slug}, name="level")]
