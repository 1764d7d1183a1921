"""A connection and its practice company."""

from typing import Any

import requests

from accounts.models import User
from beanworks_connect.heartbeat import broker
from intacct.secret import Secret
from tests.support.processes import wait_until
from tests.support.stack import Practice
from wizard.models import Connection, Finding, Verification
from wizard.services import credentials_save, verification_request
from wizard.services.verifications import verification_work

PASSWORD = "practice-password"


class PracticeConnection:
    def __init__(self, practice: Practice, connection: Connection, actor: User) -> None:
        self.practice = practice
        self.connection = connection
        self.actor = actor
        self.id = "JUNIPER-CO"

    def control(self, act: str, **details: Any) -> Any:
        """POST to the company's control address. An empty `act` changes the company itself."""
        return self.practice.control(f"companies/{self.id}/{act}".rstrip("/"), **details)

    def requests(self) -> dict[str, Any]:
        """Return what the gateway recorded about requests since `forget_requests`."""
        answer = requests.get(f"{self.practice.address}/control/companies/{self.id}/requests", timeout=10)
        answer.raise_for_status()
        log: dict[str, Any] = answer.json()
        return log

    def forget_requests(self) -> None:
        self.control("requests")

    def requests_per_verification(self) -> int:
        """Return how many requests a verification sends when nothing has changed."""
        self.forget_requests()
        self.verify_again()
        return int(self.requests()["count"])

    def remove_fault(self) -> None:
        self.practice.control(f"companies/{self.id}/fault", "DELETE")

    def free_slots(self) -> None:
        """Free the gateway slots of a killed worker, which would otherwise expire after half a minute."""
        if keys := broker().keys("intacct:*"):
            broker().delete(*keys)

    def enter(self, password: str = PASSWORD, user_id: str = "Beanworks", company_id: str = "") -> Verification:
        """Save credentials. `work` or a worker then verifies them."""
        return credentials_save(
            connection=self.connection,
            actor=self.actor,
            company_id=company_id or self.id,
            user_id=user_id,
            password=Secret(password),
        )

    def verify(self, **credentials: str) -> dict[str, Finding]:
        """Save credentials and verify them in this process."""
        return self.work(self.enter(**credentials))

    def verify_again(self, *checks: str) -> dict[str, Finding]:
        self.connection.refresh_from_db()
        return self.work(verification_request(connection=self.connection, actor=self.actor, checks=checks))

    def work(self, verification: Verification) -> dict[str, Finding]:
        # In tests with a real worker, the worker may have claimed it already.
        if claimed := Verification.objects.claim(verification.pk):
            verification_work(claimed)
        wait_until(
            lambda: not Verification.objects.active().filter(pk=verification.pk).exists(), "the verification is done"
        )
        verification.refresh_from_db(fields=["same_as"])
        return {finding.check_slug: finding for finding in verification.results()}


def outcomes(findings: dict[str, Finding]) -> set[str]:
    return {finding.outcome for finding in findings.values()}


def failed(findings: dict[str, Finding]) -> dict[str, str]:
    """Return the causes of failed checks by slug."""
    return {slug: finding.cause for slug, finding in findings.items() if finding.outcome == "failed"}


def results_of(findings: dict[str, Finding]) -> dict[str, tuple[str, str]]:
    return {slug: (finding.outcome, finding.cause) for slug, finding in findings.items()}
