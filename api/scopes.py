"""What an API key may do. Every endpoint names its scopes, and a key needs one of them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    READ_CONNECTIONS = "read_connections", _("Read customers, connections, profiles and runs")
    READ_RECORDS = "read_records", _("Read lists and records")
    RUN_SYNCS = "run_syncs", _("Start and cancel syncs")
    ADMINISTER_CUSTOMERS = "administer_customers", _("Administer customers and request profiles")
    DECIDE_PROFILES = "decide_profiles", _("Decide profile requests")
    MANAGE_WEBHOOKS = "manage_webhooks", _("Manage webhooks")
