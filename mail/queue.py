"""Messages to the workers.

They are only hints: the sweeper sends another message for work that is due and not leased.
"""

from core.broker import publish as send


def publish(pk: int) -> None:
    send("mail.tasks.mail_run", pk)
