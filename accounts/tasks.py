from allauth.usersessions.models import UserSession
from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.form_tokens import forget_sent_forms


@shared_task
def clear_sessions() -> None:
    """Delete expired sessions, the devices that were signed in by them, and the records of sent forms."""
    Session.objects.filter(expire_date__lte=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    forget_sent_forms()
