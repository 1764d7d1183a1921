"""The environment variables of the product, and a check whether a deployment can start with them.

Every variable has its rule in `variables.py`. All problems are reported at once, before anything starts. Otherwise a
wrong key or address would only be noticed when the first customer saves a password or follows a link.
"""

import os
from collections.abc import Iterator, Mapping
from errno import EFBIG, ETIMEDOUT
from select import select
from typing import Any

import environ
from environ.fileaware_mapping import FileAwareMapping

from .checks import TRUE, Check, host_names, split_address, unusable_text
from .variables import CHECKS, REQUIRED, REQUIRED_IN_PRODUCTION, SINGLE_SIGN_ON

LONGEST_FILE = 65_536
"""Characters of a file that holds a value."""
PATIENCE = 5.0
"""Seconds that a start waits for what another program writes into a pipe."""


class _Values(FileAwareMapping):
    """Reads values from the environment or from files.

    `echo … > secrets/password` ends the file with a line break, and editors on Windows begin it with a byte order mark.
    Neither is part of the password. A variable without a value counts as not set: compose passes on variables that the
    user did not set.
    """

    def __getitem__(self, name: str) -> str:
        path = self.env.get(f"{name}_FILE")
        value: str = self._read(name, path) if path else self.env[name]
        if not value:
            raise KeyError(name)
        return value

    def _read(self, name: str, path: str) -> str:
        # Once, since it may be a pipe. And never all of it: a device such as /dev/zero has no end.
        if name not in self.files_cache:
            with open(path, encoding="utf-8-sig", opener=_open) as file:
                value = file.read(LONGEST_FILE + 1)
            if len(value) > LONGEST_FILE:
                raise OSError(EFBIG, f"It has more than {LONGEST_FILE} characters", path)
            self.files_cache[name] = value.rstrip("\r\n")
        return str(self.files_cache[name])


def _open(path: str, flags: int) -> int:
    """Open a file as `open` does, but do not wait for ever for a pipe into which no program writes."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    if not select([descriptor], [], [], PATIENCE)[0]:
        os.close(descriptor)
        raise OSError(ETIMEDOUT, f"Nothing was written into it for {PATIENCE:g} seconds", path)
    os.set_blocking(descriptor, True)
    return descriptor


class Environment(environ.FileAwareEnv):
    """`read`: the values that the settings have read, by name: what is in force."""

    ENVIRON = _Values()

    def __init__(self) -> None:
        super().__init__()
        self.read: dict[Any, Any] = {}

    def get_value(self, var: Any, *args: Any, **kwargs: Any) -> Any:
        self.read[var] = super().get_value(var, *args, **kwargs)
        return self.read[var]

    def str(self, var: Any, default: Any = "", multiline: bool = False) -> Any:
        """Return the value unchanged.

        A password may begin with "$", which django-environ would read as the name of another variable.
        """
        self.read[var] = self.ENVIRON.get(var, default)
        return self.read[var]

    def problems(self) -> list[Any]:
        values, unreadable = {}, []
        for name in CHECKS:
            try:
                values[name] = self.ENVIRON.get(name, "")
            except (OSError, UnicodeError) as error:
                unreadable.append(f"{name}_FILE names a file that cannot be read: {error}.")
        return unreadable or problems(values)


def problems(values: Mapping[str, str]) -> list[str]:
    """Return what keeps the product from starting, one sentence for each problem. No secret is shown."""
    practice = values.get("PRACTICE", "").lower() in TRUE
    required = REQUIRED | (set() if practice else REQUIRED_IN_PRODUCTION)
    missing = [f"{name} is not set." for name in sorted(required) if not values.get(name)]
    return [*missing, *_wrong_values(values, practice), *_contradictions(values, practice)]


def _wrong_values(values: Mapping[str, str], practice: bool) -> Iterator[str]:
    for name, check in CHECKS.items():
        value = values.get(name, "")
        if value and (problem := unusable_text(value) or _problem(check, value, practice)):
            yield f"{name} {problem}."


def _problem(check: Check, value: str, practice: bool) -> str | None:
    try:
        return check(value, practice)
    except OSError as error:  # a path that is too long, or in a folder that this process may not enter
        return f"cannot be used: {error.strerror}"


def _contradictions(values: Mapping[str, str], practice: bool) -> Iterator[str]:
    if values.get("DEBUG", "").lower() in TRUE and not practice:
        yield "DEBUG is set outside practice mode: its error pages show secrets."

    missing = [name for name in SINGLE_SIGN_ON if not values.get(name)]
    if 0 < len(missing) < len(SINGLE_SIGN_ON):
        yield f"{', '.join(SINGLE_SIGN_ON)} belong together, but {' and '.join(missing)} is not set."

    site, hosts = split_address(values.get("SITE_URL", "")), host_names(values.get("ALLOWED_HOSTS", ""))
    if site and site.hostname and hosts and not any(_is_allowed(site.hostname, host) for host in hosts):
        yield f"SITE_URL names the host “{site.hostname}”, which ALLOWED_HOSTS does not: every page would be refused."


def _is_allowed(name: str, host: str) -> bool:
    """Whether ALLOWED_HOSTS allows this name, by Django's rules."""
    host = host.lower().strip("[]")
    return host in ("*", name) or (host.startswith(".") and f".{name}".endswith(host))
