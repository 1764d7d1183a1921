"""The environment variables of the product, and a check whether a deployment can start with them.

Every variable has its rule here. All problems are reported at once, before anything starts. Otherwise a wrong key or
address would only be noticed when the first customer saves a password or follows a link.
"""

import base64
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlsplit
from zoneinfo import available_timezones

import environ
from environ.fileaware_mapping import FileAwareMapping

from intacct.transport import Transport

TRUE, FALSE = {"true", "on", "ok", "y", "yes", "1"}, {"false", "off", "n", "no", "0", ""}
SMTP = {"smtp", "smtps", "smtp+tls", "smtp+ssl"}
# Outside practice mode, an email that no one receives would count as sent.
WITHOUT_SERVER = {"dummymail", "consolemail"}
# PostgreSQL's connection options that accept only certain words. libpq checks them only when it connects.
VALUES_OF_OPTIONS = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "channel_binding": ("disable", "prefer", "require"),
    "gssencmode": ("disable", "prefer", "require"),
    "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
}
LOG_LEVELS = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
Check = Callable[[str, bool], str | None]
"""Takes a value and whether this is practice mode. Returns what is wrong with the value, or None."""


class _Values(FileAwareMapping):
    """Reads values from the environment or from files.

    `echo … > secrets/password` ends the file with a line break, and editors on Windows begin it with a byte order mark.
    Neither is part of the password. A variable without a value counts as not set: compose passes on variables that the
    user did not set.
    """

    def __getitem__(self, name: str) -> str:
        value: str = super().__getitem__(name)
        if self.env.get(f"{name}_FILE"):
            value = value.removeprefix("\ufeff").rstrip("\r\n")
        if not value:
            raise KeyError(name)
        return value


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
        if value and (problem := _invisible_character(value) or check(value, practice)):
            yield f"{name} {problem}."


def _contradictions(values: Mapping[str, str], practice: bool) -> Iterator[str]:
    if values.get("DEBUG", "").lower() in TRUE and not practice:
        yield "DEBUG is set outside practice mode: its error pages show secrets."

    missing = [name for name in SINGLE_SIGN_ON if not values.get(name)]
    if 0 < len(missing) < len(SINGLE_SIGN_ON):
        yield f"{', '.join(SINGLE_SIGN_ON)} belong together, but {' and '.join(missing)} is not set."

    site, hosts = _split(values.get("SITE_URL", "")), _host_names(values.get("ALLOWED_HOSTS", ""))
    if site and site.hostname and hosts and not any(_is_allowed(site.hostname, host) for host in hosts):
        yield f"SITE_URL names the host “{site.hostname}”, which ALLOWED_HOSTS does not: every page would be refused."


def _is_allowed(name: str, host: str) -> bool:
    """Whether ALLOWED_HOSTS allows this name, by Django's rules."""
    host = host.lower().strip("[]")
    return host in ("*", name) or (host.startswith(".") and f".{name}".endswith(host))


def _invisible_character(value: str) -> str | None:
    """Report an invisible character.

    A line break would end an HTTP header, and no one finds a character they cannot see.
    """
    for number, character in enumerate(value, start=1):
        if unicodedata.category(character) in {"Cc", "Cf"}:
            return (
                f"has a line break or another character that cannot be seen: U+{ord(character):04X} at place {number}"
            )
    return None


def _secret_key(value: str, practice: bool) -> str | None:
    return None if len(value) >= 50 and len(set(value)) >= 5 else "must have at least 50 different characters"


def _token(value: str, practice: bool) -> str | None:
    return None if len(value) >= 20 else "must have at least 20 characters"


def _encryption_keys(value: str, practice: bool) -> str | None:
    ids = []
    # Messages name a key by its position: if the ID was forgotten, its name in the log would be the key itself.
    for number, pair in enumerate(filter(None, value.split(",")), start=1):
        key_id, _, key = pair.partition(":")
        ids.append(key_id)
        if not re.fullmatch(r"[\w.-]{1,40}", key_id):
            return "must be a list of “id:key”; an ID has letters, digits, dots and hyphens"
        try:
            length = len(base64.b64decode(key, validate=True))
        except ValueError:
            return f"has a key (number {number}) that is not Base64"
        if length != 32:
            return f"has a key (number {number}) of {length} bytes instead of 32"

    if not ids:
        return "has no key"
    return None if len(ids) == len(set(ids)) else "has two keys with the same ID"


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 or re.search(r"[\s\\]", value) else parts


def _database(value: str, practice: bool) -> str | None:
    parts = _split(value)
    if not (parts and parts.scheme in {"postgres", "postgresql"} and parts.path.strip("/")):
        return "must look like postgres://user:password@host/database, with special characters percent-encoded"

    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(options.keys() - _connection_options()) if options else []:
        return f"has the option “{unknown[0]}”, which PostgreSQL does not know"
    for name, words in VALUES_OF_OPTIONS.items():
        if name in options and options[name] not in words:
            return f"has {name}={options[name][:40]}; it must be one of {', '.join(words)}"
    return None


def _connection_options() -> set[str]:
    from psycopg.pq import Conninfo  # imported here because it takes longer than this whole module

    return {option.keyword.decode() for option in Conninfo.get_defaults()}


def _broker(value: str, practice: bool) -> str | None:
    parts = _split(value)
    at_host = parts and parts.scheme in {"redis", "rediss"} and parts.hostname
    at_path = parts and parts.scheme == "unix" and parts.path
    if not (at_host or at_path):
        return "must look like redis://host:6379/0, rediss://… or unix:///path"

    numbers = parse_qs(parts.query).get("db", []) if parts else []
    if parts and at_host:
        numbers.append(parts.path.strip("/") or "0")
    if not all(re.fullmatch(r"[0-9]{1,4}", number) for number in numbers):
        return "must end with the number of a database, like redis://host:6379/0"
    return None


def _email(value: str, practice: bool) -> str | None:
    parts = _split(value)
    if parts and bool(parts.username) != bool(parts.password):
        return "must name both the user and the password, or neither"
    if parts and ((parts.scheme in SMTP and parts.hostname) or (practice and parts.scheme in WITHOUT_SERVER)):
        return None
    return "must look like smtp+tls://user:password@host:587, with special characters percent-encoded"


def _address(value: str, practice: bool) -> str | None:
    parts = _split(value)
    if parts and parts.hostname and parts.scheme in ({"http", "https"} if practice else {"https"}):
        return None
    return f"is “{value}”; it must be an address that begins with https://"


def _site(value: str, practice: bool) -> str | None:
    parts = _split(value)
    if parts and (parts.path.strip("/") or parts.query or parts.fragment or parts.username):
        return f"is “{value}”; it must be an address without a path, like https://connect.example.com"
    return _address(value, practice)


def _sites(value: str, practice: bool) -> str | None:
    return next(filter(None, (_site(site, practice) for site in value.split(",") if site)), None)


def _endpoint(value: str, practice: bool) -> str | None:
    if practice or Transport().allows(value):
        return _address(value, practice)
    return f"is “{value}”; it must be an https address at intacct.com"


def _hosts(value: str, practice: bool) -> str | None:
    hosts = _host_names(value)
    if not hosts:
        return "names no host"
    if "*" in hosts and not practice:
        return "must name the hosts: “*” lets anyone choose where links in emails lead"
    wrong = [host for host in hosts if host != "*" and not re.fullmatch(r"\.?[\w.-]+|\[[0-9a-fA-F:]+\]", host)]
    return f"has “{wrong[0]}”, which is not a host name" if wrong else None


def _host_names(value: str) -> list[str]:
    return [host for host in value.split(",") if host]


def _origins(value: str, practice: bool) -> str | None:
    wrong = [origin for origin in value.split(",") if origin and not re.fullmatch(r"https?://[*\w.:\[\]-]+", origin)]
    return f"has “{wrong[0]}”; an origin looks like https://connect.example.com" if wrong else None


def _from_address(value: str, practice: bool) -> str | None:
    return None if re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]) else f"is “{value}”, which is no email address"


def _address_only(value: str, practice: bool) -> str | None:
    return None if re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value) else f"is “{value}”, which is no email address"


def _switch(value: str, practice: bool) -> str | None:
    return None if value.lower() in TRUE | FALSE else f"is “{value}”; it must be 1 or 0"


def _log_level(value: str, practice: bool) -> str | None:
    return None if value in LOG_LEVELS else f"is “{value}”; it must be one of {', '.join(sorted(LOG_LEVELS))}"


def _log_format(value: str, practice: bool) -> str | None:
    return None if value in ("json", "text") else f"is “{value}”; it must be json or text"


def _collector(value: str, practice: bool) -> str | None:
    """Check an address to which we report. It may be in our own network, without HTTPS. It may hold a key."""
    parts = _split(value)
    return None if parts and parts.hostname and parts.scheme in {"http", "https"} else "must be an address"


def _sender(value: str, practice: bool) -> str | None:
    return None if re.fullmatch(r"[!-~]+", value) else "must be one word without spaces"


def _addresses(value: str, practice: bool) -> str | None:
    for address in filter(None, value.split(",")):
        try:
            ip_network(address.strip())
        except ValueError:
            return f"has “{address}”; it must list internet addresses or networks such as 203.0.113.0/28"
    return None


def _between(least: int, most: int) -> Check:
    def check(value: str, practice: bool) -> str | None:
        if re.fullmatch(r"[0-9]{1,9}", value) and least <= int(value) <= most:
            return None
        return f"is “{value[:40]}”; it must be a whole number from {least} to {most}"

    return check


def _anchor_file(value: str, practice: bool) -> str | None:
    path = Path(value)
    if not path.is_absolute() or path.is_dir():
        return f"is “{value}”; it must be the whole path of a file"
    if not path.parent.is_dir():
        return f"is in the folder {path.parent}, which does not exist"
    return None if os.access(path if path.exists() else path.parent, os.W_OK) else f"cannot be written: {path}"


def _role(value: str, practice: bool) -> str | None:
    return None if len(value.encode()) <= 63 else "is longer than the name of a role of PostgreSQL can be"


def _folder(value: str, practice: bool) -> str | None:
    return None if Path(value).is_dir() else f"is “{value}”; there is no such folder"


def _hours(value: str, practice: bool) -> str | None:
    hours = re.fullmatch(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9])", value)
    return None if hours and hours[1] < hours[2] else f"is “{value[:40]}”; it must look like 09:00-17:00"


def _zone(value: str, practice: bool) -> str | None:
    return None if value in available_timezones() else f"is “{value[:40]}”, which is no time zone"


def _region(value: str, practice: bool) -> str | None:
    codes = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT", "none")
    return None if value in codes else f"is “{value[:40]}”; it must be one of {', '.join(codes)}"


def _generation(value: str, practice: bool) -> str | None:
    return None if len(value) <= 40 else "is longer than 40 characters"


def _anything(value: str, practice: bool) -> None:
    return None


SINGLE_SIGN_ON = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
REQUIRED = {"SECRET_KEY", "ENCRYPTION_KEYS", "INTACCT_SENDER_PASSWORD", "DATABASE_URL", "REDIS_URL"}
REQUIRED_IN_PRODUCTION = {"SITE_URL", "EMAIL_URL", "ALLOWED_HOSTS"}
CHECKS: dict[str, Check] = {
    "PRACTICE": _switch,
    "DEBUG": _switch,
    "BEHIND_PROXY": _switch,
    "SECOND_FACTOR_REQUIRED": _switch,
    "SECRET_KEY": _secret_key,
    "ENCRYPTION_KEYS": _encryption_keys,
    "ALLOWED_HOSTS": _hosts,
    "CSRF_TRUSTED_ORIGINS": _origins,
    "SITE_URL": _site,
    "DATABASE_URL": _database,
    "DATABASE_POOL": _between(1, 20),
    "REDIS_URL": _broker,
    "EMAIL_URL": _email,
    "MAIL_FROM": _from_address,
    "SUPPORT_EMAIL": _address_only,
    "INTACCT_ENDPOINT": _endpoint,
    "INTACCT_SENDER_ID": _sender,
    "INTACCT_SENDER_PASSWORD": _anything,
    "OUTGOING_ADDRESSES": _addresses,
    "OIDC_ISSUER": _address,
    "OIDC_NAME": _anything,
    "OIDC_CLIENT_ID": _anything,
    "OIDC_CLIENT_SECRET": _anything,
    "CONFIRM_AFTER": _between(60, 86_400),
    "SESSION_COOKIE_AGE": _between(300, 604_800),
    "SESSION_LONGEST": _between(300, 2_592_000),
    "SWEEP_SECONDS": _between(1, 600),
    "LEASE_SECONDS": _between(3, 600),
    "SUPPORT_TARGET_HOURS": _between(1, 200),
    "SUPPORT_CLAIM_HOURS": _between(1, 200),
    "SUPPORT_HOURS": _hours,
    "SUPPORT_TIME_ZONE": _zone,
    "SUPPORT_HOLIDAYS": _region,
    "SUPPORT_STOPPED_DAYS": _between(1, 365),
    "SETUP_REMINDER_DAYS": _between(1, 90),
    "DELETION_GUARD_PERCENT": _between(0, 100),
    "DELETION_GUARD_RECORDS": _between(0, 1_000_000),
    "CUSTOMER_DELETION_DAYS": _between(0, 365),
    "DELETED_RECORDS_DAYS": _between(1, 3_650),
    "EXPORT_HOURS": _between(1, 720),
    "ENDED_LISTS_DAYS": _between(1, 3_650),
    "UNDO_MINUTES": _between(0, 1_440),
    "RETENTION_HOUR": _between(0, 23),
    "RETENTION_RUNS_DAYS": _between(30, 3_650),
    "RETENTION_VERIFICATIONS_DAYS": _between(7, 3_650),
    "RETENTION_INCIDENTS_DAYS": _between(7, 3_650),
    "RETENTION_TEST_BILLS_DAYS": _between(30, 3_650),
    "RETENTION_IMPORTS_DAYS": _between(1, 3_650),
    "RETENTION_LINKS_DAYS": _between(30, 3_650),
    "RETENTION_EMAILS_DAYS": _between(90, 3_650),
    "RETENTION_EMAIL_TEXTS_DAYS": _between(1, 3_650),
    "RETENTION_CHANNEL_MESSAGES_DAYS": _between(30, 3_650),
    "RETENTION_NOTIFICATIONS_DAYS": _between(1, 3_650),
    "RETENTION_WEBHOOK_EVENTS_DAYS": _between(4, 3_650),
    "RECORDS_GENERATION": _generation,
    "API_REQUESTS_PER_MINUTE": _between(1, 1_000_000),
    "API_RETURN_SITES": _sites,
    "WORKER_MEGABYTES": _between(300, 100_000),
    "AUDIT_KEY": _secret_key,
    "AUDIT_ANCHOR_FILE": _anchor_file,
    "PRODUCT_ROLE": _role,
    "PG_BIN": _folder,
    "LOG_LEVEL": _log_level,
    "LOG_FORMAT": _log_format,
    "SENTRY_DSN": _collector,
    "OTEL_EXPORTER_OTLP_ENDPOINT": _collector,
    "METRICS_TOKEN": _token,
    "METRICS_PORT": _between(1024, 65_535),
}
# Texts that are no secrets. Every other text is only shown as "set": a new one may be a secret.
SHOWN_TEXTS = {
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "SITE_URL",
    "MAIL_FROM",
    "SUPPORT_EMAIL",
    "INTACCT_ENDPOINT",
    "INTACCT_SENDER_ID",
    "OUTGOING_ADDRESSES",
    "OIDC_ISSUER",
    "OIDC_NAME",
    "OIDC_CLIENT_ID",
    "SUPPORT_HOURS",
    "SUPPORT_TIME_ZONE",
    "SUPPORT_HOLIDAYS",
    "RECORDS_GENERATION",
    "API_RETURN_SITES",
    "AUDIT_ANCHOR_FILE",
    "PRODUCT_ROLE",
    "PG_BIN",
    "LOG_LEVEL",
    "LOG_FORMAT",
}
