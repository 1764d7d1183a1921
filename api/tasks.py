from celery import shared_task
from django.utils import timezone

from api.idempotency import forget_old
from api.models import Arrival


@shared_task
def prune() -> None:
    """Delete stored responses after a day, and sign-in links that no longer work."""
    forget_old()
    Arrival.objects.filter(expires_at__lt=timezone.now()).delete()
