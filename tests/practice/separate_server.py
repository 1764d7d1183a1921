"""A practice company's server of its own, for tests that end the process."""

import os
import sys
from pathlib import Path
from typing import Any

import requests

from tests.support.processes import Running, answers, free_port, wait_until
from tests.support.stack import Practice


class SeparateServer(Practice):
    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.gateway = f"{self.address}/ia/xml/xmlgw.phtml"
        command = [sys.executable, "manage.py", "practice", "--port", str(self.port), *options]
        Running.__init__(self, "alone", command, folder, os.environ | environment)

    def ready(self) -> "SeparateServer":
        self.start()
        wait_until(lambda: answers(self.address), "the practice company answers")
        return self

    def ask(self, path: str, **details: Any) -> Any:
        method = "POST" if details else "GET"
        return requests.request(method, f"{self.address}/control/{path}", json=details or None, timeout=10).json()
