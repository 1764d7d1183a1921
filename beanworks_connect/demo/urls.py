from django.urls import path

from beanworks_connect.demo import views

app_name = "demo"
urlpatterns = [path("reset/", views.reset_page, name="reset")]
