from django.apps import AppConfig


class SmartsyncConfig(AppConfig):
    name = "smartsync"
