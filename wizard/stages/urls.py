"""Addresses that belong to one step, in addition to those that every step has."""

from django.urls import URLPattern

from wizard.stages.credentials import urls as credentials
from wizard.stages.custom_field import urls as custom_field
from wizard.stages.sync_profile import urls as sync_profile
from wizard.stages.user_role import urls as user_role

urlpatterns: list[URLPattern] = [
    *user_role.urlpatterns,
    *custom_field.urlpatterns,
    *credentials.urlpatterns,
    *sync_profile.urlpatterns,
]
