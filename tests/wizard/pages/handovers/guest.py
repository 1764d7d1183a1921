"""Whom the steps are handed over to, and how a handover ends."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import OrgUnit, User
from wizard import services
from wizard.models import Connection, Handover

GUEST = {"name": "Ida Intacct", "email": "ida@example.com", "stages": ["user_role", "sender_id", "credentials"]}


LOST_RIGHTS = ["maker left", "maker's role ended", "maker moved to a branch"]


def stage(connection: Connection, slug: str, *act: str) -> str:
    return reverse(f"wizard:{act[0] if act else 'stage'}", args=[connection.pk, slug])


def end(way: str, administrator: User, branch: OrgUnit) -> None:
    match way:
        case "expired":
            Handover.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "revoked":
            services.handover_revoke(handover=Handover.objects.get(), actor=administrator)
        case "maker left":
            User.objects.filter(pk=administrator.pk).update(is_active=False)
        case "maker's role ended":
            administrator.roles.all().delete()
        case "maker moved to a branch":
            User.objects.filter(pk=administrator.pk).update(home_org_unit=branch)
