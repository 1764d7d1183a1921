from celery import shared_task

from audit.anchors import write_anchors


@shared_task
def anchor() -> None:
    write_anchors()
