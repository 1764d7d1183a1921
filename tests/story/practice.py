"""The practice company to which the story connects: its true record counts, and the faults it has."""

from typing import Any

import requests

from beanworks_connect.heartbeat import broker
from tests.support.processes import answers, wait_until
from tests.support.stack import Practice

COMPANY = "MAPLE-RIDGE"


class Maple:
    """The company. At the beginning of the story, nothing is set up in it."""

    id = COMPANY

    def __init__(self, practice: Practice) -> None:
        self._practice = practice
        self.address = practice.address

    def stalls(self, after: int = 0) -> None:
        """Leave every request after the next `after` unanswered, until `calms_down` is called."""
        self._practice.control(f"companies/{COMPANY}/fault", name="stalled", after=after)

    def holds_a_request(self) -> None:
        wait_until(lambda: self._get("requests")["held_up"], "Intacct is being asked")

    def calms_down(self) -> None:
        self._practice.control(f"companies/{COMPANY}/fault", "DELETE")
        wait_until(lambda: not self._get("requests")["working"], "what was on its way has ended")
        # The request slots of a killed worker become free after half a minute. Free them now, to save time.
        if keys := broker().keys("intacct:*"):
            broker().delete(*keys)

    def is_out_of_reach(self) -> None:
        self._practice.kill9()

    def is_back(self) -> None:
        self._practice.start()
        wait_until(lambda: answers(self.address), "the practice company answers")

    def counts(self, entity: str) -> dict[str, int]:
        """Return how many records of each object Intacct has in this entity."""
        truth: dict[str, int] = self._practice.control(f"companies/{COMPANY}/oracle", "GET", entity=entity)
        return truth

    def _get(self, what: str) -> Any:
        answer = requests.get(f"{self.address}/control/companies/{COMPANY}/{what}", timeout=30)
        answer.raise_for_status()
        return answer.json()
