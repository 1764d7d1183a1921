"""A mail server on this machine that accepts emails, refuses them, or does not answer."""

import asyncio
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.support.processes import free_port

HOST = "127.0.0.1"


class Post:
    """The server's behavior.

    `taken`: every email it accepted. `answer`: replies to RCPT or DATA that it sends instead of accepting.
    """

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.tries = 0
        self.answer: dict[str, str] = {}
        self.stalls = False
        self.is_stalling = threading.Event()

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        self.tries += 1
        if "RCPT" in self.answer:
            return self.answer["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        while self.stalls:
            self.is_stalling.set()
            await asyncio.sleep(0.02)
        if "DATA" in self.answer:
            return self.answer["DATA"]
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return "250 OK"


class MailServer:
    """The server. `port` stays the same when it is stopped and started again."""

    def __init__(self) -> None:
        self.port = free_port()
        self.post = Post()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.port}"

    def start(self) -> None:
        self._controller = Controller(self.post, hostname=HOST, port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None
