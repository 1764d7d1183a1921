from allauth.usersessions.models import UserSession
from celery import shared_task
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts.imports.services import forget_old_imports, import_give_up, import_work
from accounts.models import Import
from core.form_tokens import forget_sent_forms
from core.queue import publish
from core.work import work_on


@shared_task
def import_run(pk: int) -> None:
    work_on(Import.objects.all(), pk, import_work, end=import_give_up, notify=lambda run: None)


@shared_task
def sweep() -> None:
    """Publish a message for every import that is due and not leased."""
    publish(Import.task, *Import.objects.due().values_list("pk", flat=True))


@shared_task
def clear_sessions() -> None:
    """Delete expired sessions, the devices that were signed in by them, the records of sent forms, and old imports."""
    Session.objects.filter(expire_date__lte=timezone.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()
    forget_sent_forms()
    forget_old_imports()
