"""Messages for the workers. They are hints only: the sweeper sends again what is due and nobody works on."""

from core.broker import publish as send


def publish(pk: int) -> None:
    send("mail.tasks.mail_run", pk)
