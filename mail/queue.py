"""Messages for the workers. They are hints only: the sweeper sends again what is due and nobody works on."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


def publish(pk: int) -> None:
    """Never fails: a person's request does not hang on the broker."""
    try:
        current_app.send_task("mail.tasks.mail_run", [pk])
    except OperationalError:
        log.warning("The broker does not answer; the sweeper will send mail %s later", pk)
