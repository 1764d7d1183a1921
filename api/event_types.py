"""What webhooks report. Clients choose by these names, so a name never changes its meaning."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventType(models.TextChoices):
    CONNECTION_VERIFIED = "connection.verified", _("The steps of a connection up to its credentials are verified")
    CONNECTION_BROKEN = "connection.broken", _("A connection that worked does not work any more")
    CONNECTION_RESTORED = "connection.restored", _("A broken connection works again")
    CONNECTION_DISCONNECTED = "connection.disconnected", _("A user disconnected Sage Intacct")
    CONNECTION_RECONNECTED = "connection.reconnected", _("A disconnected connection works again")
    CONNECTION_STEP_CHANGED = "connection.step_changed", _("A connection is at another step")
    REQUIREMENT_ADDED = "connection.requirement_added", _("Something is missing until a connection works")
    REQUIREMENT_RESOLVED = "connection.requirement_resolved", _("Something that was missing is resolved")
    PROFILE_REQUESTED = "profile.requested", _("A sync profile is requested")
    PROFILE_APPROVED = "profile.approved", _("A sync profile is approved")
    PROFILE_DECLINED = "profile.declined", _("A sync profile is declined")
    PROFILE_APPROVAL_UNDONE = "profile.approval_undone", _("The approval of a sync profile is undone")
    PROFILE_REPLACED = "profile.replaced", _("A sync profile is replaced by one for another level")
    PROFILE_REVOKED = "profile.revoked", _("A sync profile is revoked")
    PROFILE_WITHDRAWN = "profile.withdrawn", _("A request for a sync profile is withdrawn")
    RUN_COMPLETED = "run.completed", _("A sync is complete")
    RUN_INCOMPLETE = "run.incomplete", _("A sync is incomplete")
    RUN_FAILED = "run.failed", _("A sync failed")
    RECORDS_CHANGED = "records.changed", _("Records of a sync profile changed")


TEST = "webhook.test"
"""The type of an event that a user asked for to try an endpoint. Endpoints do not choose it."""
TEST_LABEL = _("A user asked for a test event")
