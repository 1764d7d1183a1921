from django.urls import URLPattern, path

from wizard.stages.user_role import views

urlpatterns: list[URLPattern] = [path("<int:pk>/missing/", views.missing, name="missing")]
