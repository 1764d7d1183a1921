from django.urls import URLPattern, path

from wizard.stages.custom_field import views

urlpatterns: list[URLPattern] = [path("<int:pk>/package/", views.package, name="package")]
