"""The environment variables of every part of the stack: the names from docker-compose.yml, with local values."""

import base64
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from local.paths import Folders

Environment = dict[str, str]
LOOPBACK = "127.0.0.1"
# One memory arena for all threads: memory that one thread used for a page of records is reused by the next thread.
PROCESS = {"PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "1"}


def with_overrides(defaults: Mapping[str, str]) -> Environment:
    """Return `defaults` overridden by the user's own NAME or NAME_FILE variables.

    The programs of the virtual environment come first in PATH.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    fallback = {name: value for name, value in defaults.items() if f"{name}_FILE" not in os.environ}
    return fallback | os.environ | {"PATH": path} | PROCESS


def own_secrets(folders: Folders) -> Environment:
    """Return the stack's secrets. The first start generates them and saves them in a file only the owner can read."""
    file = folders.var / "secrets.env"
    if not file.exists():
        values = {
            "SECRET_KEY": secrets.token_urlsafe(64),
            "ENCRYPTION_KEYS": "local:" + base64.b64encode(secrets.token_bytes(32)).decode(),
            "INTACCT_SENDER_PASSWORD": secrets.token_urlsafe(24),
            "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        }
        unfinished = file.with_suffix(".new")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as lines:
            lines.writelines(f"{name}={value}\n" for name, value in values.items())
        unfinished.rename(file)
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def product(folders: Folders, port: int, practice_port: int) -> Environment:
    """Return the product's variables, except the addresses of its database and broker."""
    return {name: value for name, value in own_secrets(folders).items() if name != "POSTGRES_PASSWORD"} | {
        "PRACTICE": "1",
        "EMAIL_URL": "dummymail://",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "INTACCT_ENDPOINT": f"http://127.0.0.1:{practice_port}/ia/xml/xmlgw.phtml",
        "PRACTICE_STATE": str(folders.var / "practice.json"),
        # These warnings are correct, but do not help a user who tries the product on their own machine.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser,ignore:No directory at",
        "GRANIAN_HOST": LOOPBACK,
        "GRANIAN_PORT": str(port),
    }


# What a deployment sets. `PRACTICE=0 python -m local exec` runs a command outside practice mode with these values.
PRODUCTION = {
    "ALLOWED_HOSTS": "connect.example.com",
    "SITE_URL": "https://connect.example.com",
    "EMAIL_URL": "smtp://mail.example.com",
    "INTACCT_ENDPOINT": "https://api.intacct.com/ia/xml/xmlgw.phtml",
}
