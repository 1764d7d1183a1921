from django.urls import URLPattern, path

from accounts import views

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("", views.profile, name="profile"),
    path("menu/", views.menu, name="menu"),
    path("devices/<int:device_pk>/sign-out/", views.device_end, name="device_end"),
    path("imports/", views.imports, name="imports"),
    path("imports/template/<slug:kind>/", views.import_template, name="import_template"),
    path("imports/<int:import_pk>/", views.import_page, name="import"),
    path("imports/<int:import_pk>/start/", views.import_start, name="import_start"),
    path("imports/<int:import_pk>/csv/", views.import_csv, name="import_csv"),
    path("customers/<int:customer_pk>/", views.customer, name="customer"),
    path("customers/<int:customer_pk>/edit/", views.customer_edit, name="customer_edit"),
    path("customers/<int:customer_pk>/org-units/", views.org_unit_add, name="org_unit_add"),
    path("customers/<int:customer_pk>/legal-entities/", views.legal_entity_add, name="legal_entity_add"),
    path("org-units/<int:org_unit_pk>/", views.org_unit_edit, name="org_unit_edit"),
    path("org-units/<int:org_unit_pk>/remove/", views.org_unit_remove, name="org_unit_remove"),
    path("legal-entities/<int:entity_pk>/", views.legal_entity_edit, name="legal_entity_edit"),
    path("legal-entities/<int:entity_pk>/close/", views.legal_entity_close, name="legal_entity_close"),
    path("legal-entities/<int:entity_pk>/reopen/", views.legal_entity_reopen, name="legal_entity_reopen"),
    path("users/", views.users, name="users"),
    path("users/<int:user_pk>/", views.user, name="user"),
    path("users/<int:user_pk>/edit/", views.user_edit, name="user_edit"),
    path("users/<int:user_pk>/deactivate/", views.user_deactivate, name="user_deactivate"),
    path("users/<int:user_pk>/reactivate/", views.user_reactivate, name="user_reactivate"),
    path("users/<int:user_pk>/second-factor/", views.second_factor_reset, name="second_factor_reset"),
    path("users/invite/<int:customer_pk>/", views.invite, name="invite"),
    path("users/invite/<int:customer_pk>/several/", views.invite_several, name="invite_several"),
    path("users/invite/beanworks/", views.invite_staff, name="invite_staff"),
    path("users/new-customer/", views.new_customer, name="new_customer"),
    path("users/<int:invitation_pk>/renew/", views.renew, name="renew"),
    path("users/<int:invitation_pk>/correct/", views.correct, name="correct"),
    path("users/<int:invitation_pk>/revoke/", views.revoke, name="revoke"),
    path("invitation/", views.accept, name="accept"),
    path("invitation/<str:token>/", views.open_invitation, name="open_invitation"),
]
