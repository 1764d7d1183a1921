from django.urls import URLPattern, path

from accounts import views

app_name = "people"
urlpatterns: list[URLPattern] = [
    path("", views.me, name="me"),
    path("devices/<int:device_pk>/sign-out/", views.device_end, name="device_end"),
    path("people/", views.people, name="people"),
    path("people/invite/<int:customer_pk>/", views.invite, name="invite"),
    path("people/invite/beanworks/", views.invite_staff, name="invite_staff"),
    path("people/new-customer/", views.new_customer, name="new_customer"),
    path("people/<int:invitation_pk>/renew/", views.renew, name="renew"),
    path("people/<int:invitation_pk>/revoke/", views.revoke, name="revoke"),
    path("invitation/", views.accept, name="accept"),
    path("invitation/<str:token>/", views.invited, name="invited"),
]
