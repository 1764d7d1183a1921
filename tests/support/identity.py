"""An identity provider over HTTP. It signs in every visitor as the user in its `claims`."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import jwt

CLIENT, SECRET = "beanworks-connect", "the secret shared with the identity provider"


class IdentityProvider:
    """`claims`: what it returns about the user. `codes`: authorization codes not yet exchanged; each works once."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.codes = {"good"}
        self.exchanged: list[dict[str, list[str]]] = []
        self.url = ""

    def answer(self, path: str, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return 200, {name: self.url + at for name, at in ENDPOINTS.items()}
        if path == "/token":
            return self._exchange(form)
        return 200, self.claims

    def _exchange(self, form: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        self.exchanged.append(form)
        if form["code"][0] not in self.codes or form["client_secret"] != [SECRET] or not form["code_verifier"]:
            return 400, {"error": "invalid_grant"}
        about = {"iss": self.url, "aud": CLIENT, "iat": int(time.time()), "exp": int(time.time()) + 60}
        token = jwt.encode(self.claims | about, "k" * 32, "HS256")
        return 200, {"access_token": "access", "token_type": "Bearer", "id_token": token}


ENDPOINTS = {
    "issuer": "",
    "authorization_endpoint": "/authorize",
    "token_endpoint": "/token",
    "userinfo_endpoint": "/userinfo",
    "jwks_uri": "/keys",
}


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say({})

        def do_POST(self) -> None:
            self._say(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))

        def _say(self, form: dict[str, list[str]]) -> None:
            status, body = provider.answer(self.path, form)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield provider
        server.shutdown()
