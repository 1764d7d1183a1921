"""The environment that every part of the stack is started with: the names in docker-compose.yml, for this machine."""

import base64
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from .places import Places

Environment = dict[str, str]
LOOPBACK = "127.0.0.1"
# One arena for all threads: what one thread's page of records took serves the next thread's.
PROCESS = {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "1"}


def overridden(defaults: Mapping[str, str]) -> Environment:
    """`defaults` under what the person has set by NAME or NAME_FILE; the virtual environment's programs first."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    fallback = {name: value for name, value in defaults.items() if f"{name}_FILE" not in os.environ}
    return fallback | os.environ | {"PATH": path} | PROCESS


def own_secrets(places: Places) -> Environment:
    """The stack's secrets, made at its first start and kept in a file that nobody else may read."""
    file = places.var / "secrets.env"
    if not file.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ENCRYPTION_KEYS": "local:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "INTACCT_SENDER_PASSWORD": secrets.token_urlsafe(24),
            "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        }
        unfinished = file.with_suffix(".new")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as lines:
            lines.writelines(f"{name}={value}\n" for name, value in made.items())
        unfinished.rename(file)
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def product(places: Places, port: int, practice_port: int) -> Environment:
    """Everything the product is told, but where its database and broker are."""
    return {name: value for name, value in own_secrets(places).items() if name != "POSTGRES_PASSWORD"} | {
        "PRACTICE": "1",
        "EMAIL_URL": "dummymail://",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "INTACCT_ENDPOINT": f"http://127.0.0.1:{practice_port}/ia/xml/xmlgw.phtml",
        "SANDBOX_STATE": str(places.var / "practice.json"),
        # True, and of no use to somebody who tries the product on a machine of their own.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser,ignore:No directory at",
        "GRANIAN_HOST": LOOPBACK,
        "GRANIAN_PORT": str(port),
    }


# What a deployment sets: `PRACTICE=0 python -m local exec` looks at the product as it is outside practice mode.
PRODUCTION = {
    "ALLOWED_HOSTS": "connect.example.com",
    "SITE_URL": "https://connect.example.com",
    "EMAIL_URL": "dummymail://",
    "INTACCT_ENDPOINT": "https://api.intacct.com/ia/xml/xmlgw.phtml",
}
