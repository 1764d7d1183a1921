"""A connection and the practice company it is at."""

from typing import Any

import requests

from accounts.models import User
from beanworks_connect.heartbeat import broker
from intacct.secret import Secret
from tests.support.processes import wait_until
from tests.support.stack import Practice
from wizard.ladder import verification_work
from wizard.models import Connection, Finding, Verification
from wizard.services import credentials_save, verification_request

PASSWORD = "practice-password"


class Place:
    def __init__(self, practice: Practice, connection: Connection, actor: User) -> None:
        self.practice = practice
        self.connection = connection
        self.actor = actor
        self.id = "JUNIPER-CO"

    def control(self, act: str, **details: Any) -> Any:
        """POST to the company's control address; act "" changes the company itself."""
        return self.practice.control(f"companies/{self.id}/{act}".rstrip("/"), **details)

    def asked(self) -> dict[str, Any]:
        """What the gateway was asked since `forget`."""
        answer = requests.get(f"{self.practice.address}/control/companies/{self.id}/requests", timeout=10)
        answer.raise_for_status()
        told: dict[str, Any] = answer.json()
        return told

    def forget(self) -> None:
        self.control("requests")

    def asked_by_one_verification(self) -> int:
        """How many requests one makes when nothing has changed."""
        self.forget()
        self.again()
        return int(self.asked()["count"])

    def calm(self) -> None:
        self.practice.control(f"companies/{self.id}/fault", "DELETE")

    def free_lanes(self) -> None:
        """A killed worker's places at the gateway are free half a minute later; no test waits for that."""
        if keys := broker().keys("intacct:*"):
            broker().delete(*keys)

    def enter(self, password: str = PASSWORD, user_id: str = "Beanworks", company_id: str = "") -> Verification:
        """Type the credentials in; nothing is asked before `work`, or a worker."""
        return credentials_save(
            connection=self.connection,
            actor=self.actor,
            company_id=company_id or self.id,
            user_id=user_id,
            password=Secret(password),
        )

    def verify(self, **credentials: str) -> dict[str, Finding]:
        """Enter the credentials and run the ladder in this process."""
        return self.work(self.enter(**credentials))

    def again(self, *checks: str) -> dict[str, Finding]:
        self.connection.refresh_from_db()
        return self.work(verification_request(connection=self.connection, actor=self.actor, checks=checks))

    def work(self, verification: Verification) -> dict[str, Finding]:
        # In tests with a real worker, that may have it already.
        if held := Verification.objects.claim(verification.pk):
            verification_work(held)
        wait_until(lambda: not Verification.objects.active().filter(pk=verification.pk).exists(), "it is verified")
        return {each.check_slug: each for each in verification.findings.all()}


def outcomes(found: dict[str, Finding]) -> set[str]:
    return {each.outcome for each in found.values()}


def failed(found: dict[str, Finding]) -> dict[str, str]:
    """Check and cause of what failed."""
    return {slug: each.cause for slug, each in found.items() if each.outcome == "failed"}


def gist(found: dict[str, Finding]) -> dict[str, tuple[str, str]]:
    return {slug: (each.outcome, each.cause) for slug, each in found.items()}
