from django.urls import URLPattern, path

from accounts import views

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("", views.profile, name="profile"),
    path("menu/", views.menu, name="menu"),
    path("devices/<int:device_pk>/sign-out/", views.device_end, name="device_end"),
    path("users/", views.users, name="users"),
    path("users/invite/<int:customer_pk>/", views.invite, name="invite"),
    path("users/invite/beanworks/", views.invite_staff, name="invite_staff"),
    path("users/new-customer/", views.new_customer, name="new_customer"),
    path("users/<int:invitation_pk>/renew/", views.renew, name="renew"),
    path("users/<int:invitation_pk>/revoke/", views.revoke, name="revoke"),
    path("invitation/", views.accept, name="accept"),
    path("invitation/<str:token>/", views.open_invitation, name="open_invitation"),
]
