"""The rules of values. Each takes a value and whether this is practice mode, and returns what is wrong, or None."""

import base64
import os
import re
import unicodedata
from collections.abc import Callable
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlsplit
from zoneinfo import available_timezones

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


def unusable_text(value: str) -> str | None:
    """Report what no setting can hold.

    A line break would end an HTTP header, and no one finds a character they cannot see. A byte that is not UTF-8, such
    as an accent of a file in Latin-1, could be read but not be shown, stored or sent.
    """
    if value.isspace():
        return "has only spaces"
    for number, character in enumerate(value, start=1):
        if unicodedata.category(character) == "Cs":
            return f"is not UTF-8 text: see place {number}"
        if unicodedata.category(character) in {"Cc", "Cf"}:
            return (
                f"has a line break or another character that cannot be seen: U+{ord(character):04X} at place {number}"
            )
    return None


def secret_key(value: str, practice: bool) -> str | None:
    return None if len(value) >= 50 and len(set(value)) >= 5 else "must have at least 50 characters, 5 different ones"


def token(value: str, practice: bool) -> str | None:
    # It is sent in a header, which holds no other characters and no space at its end.
    return None if re.fullmatch("[!-~][ -~]{18,}[!-~]", value) else "must have at least 20 characters, only ASCII"


def encryption_keys(value: str, practice: bool) -> str | None:
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


def split_address(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return None
    return None if port == 0 or re.search(r"[\s\\]", value) else parts


def database(value: str, practice: bool) -> str | None:
    parts = split_address(value)
    if not (parts and parts.scheme in {"postgres", "postgresql"} and parts.path.strip("/")):
        return "must look like postgres://user:password@host/database, with special characters percent-encoded"

    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(options.keys() - connection_options()) if options else []:
        return f"has the option “{unknown[0]}”, which PostgreSQL does not know"
    for name, words in VALUES_OF_OPTIONS.items():
        if name in options and options[name] not in words:
            return f"has {name}={options[name][:40]}; it must be one of {', '.join(words)}"
    return None


def connection_options() -> set[str]:
    from psycopg.pq import Conninfo  # imported here because it takes longer than this whole module

    return {option.keyword.decode() for option in Conninfo.get_defaults()}


def broker(value: str, practice: bool) -> str | None:
    parts = split_address(value)
    at_host = parts and parts.scheme in {"redis", "rediss"} and parts.hostname
    at_path = parts and parts.scheme == "unix" and parts.path
    if not (at_host or at_path):
        return "must look like redis://host:6379/0, rediss://… or unix:///path"

    if parts and parts.query and not _redis_takes(value):
        return "has an option that Redis's client library does not take, or that has no such value"
    numbers = parse_qs(parts.query).get("db", []) if parts else []
    if parts and at_host:
        numbers.append(parts.path.strip("/") or "0")
    if not all(re.fullmatch(r"[0-9]{1,4}", number) for number in numbers):
        return "must end with the number of a database, like redis://host:6379/0"
    return None


def _redis_takes(value: str) -> bool:
    """Whether the library can make a connection of this address. It notices a wrong option only then."""
    from redis import ConnectionPool  # imported here because few addresses have options

    try:
        ConnectionPool.from_url(value).make_connection()
    except (TypeError, ValueError):
        return False
    return True


def email(value: str, practice: bool) -> str | None:
    parts = split_address(value)
    if parts and bool(parts.username) != bool(parts.password):
        return "must name both the user and the password, or neither"
    if parts and ((parts.scheme in SMTP and parts.hostname) or (practice and parts.scheme in WITHOUT_SERVER)):
        return None
    return "must look like smtp+tls://user:password@host:587, with special characters percent-encoded"


def address(value: str, practice: bool) -> str | None:
    parts = split_address(value)
    if parts and parts.hostname and parts.scheme in ({"http", "https"} if practice else {"https"}):
        return None
    return f"is “{value}”; it must be an address that begins with https://"


def site(value: str, practice: bool) -> str | None:
    parts = split_address(value)
    if parts and (parts.path.strip("/") or parts.query or parts.fragment or parts.username):
        return f"is “{value}”; it must be an address without a path, like https://connect.example.com"
    return address(value, practice)


def sites(value: str, practice: bool) -> str | None:
    return next(filter(None, (site(each, practice) for each in value.split(",") if each)), None)


def endpoint(value: str, practice: bool) -> str | None:
    if practice or Transport().allows(value):
        return address(value, practice)
    return f"is “{value}”; it must be an https address at intacct.com"


def hosts(value: str, practice: bool) -> str | None:
    hosts = host_names(value)
    if not hosts:
        return "names no host"
    if "*" in hosts and not practice:
        return "must name the hosts: “*” lets anyone choose where links in emails lead"
    wrong = [host for host in hosts if host != "*" and not re.fullmatch(r"\.?[\w.-]+|\[[0-9a-fA-F:]+\]", host)]
    return f"has “{wrong[0]}”, which is not a host name" if wrong else None


def host_names(value: str) -> list[str]:
    return [host for host in value.split(",") if host]


def origins(value: str, practice: bool) -> str | None:
    wrong = [origin for origin in value.split(",") if origin and not _is_origin(origin)]
    return f"has “{wrong[0]}”; an origin looks like https://connect.example.com" if wrong else None


def _is_origin(value: str) -> bool:
    # Django splits them with each form that it receives, and fails at half an IPv6 address.
    return bool(re.fullmatch(r"https?://[*\w.:\[\]-]+", value) and split_address(value))


def from_address(value: str, practice: bool) -> str | None:
    return None if re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(value)[1]) else f"is “{value}”, which is no email address"


def address_only(value: str, practice: bool) -> str | None:
    return None if re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value) else f"is “{value}”, which is no email address"


def switch(value: str, practice: bool) -> str | None:
    return None if value.lower() in TRUE | FALSE else f"is “{value}”; it must be 1 or 0"


def log_level(value: str, practice: bool) -> str | None:
    return None if value in LOG_LEVELS else f"is “{value}”; it must be one of {', '.join(sorted(LOG_LEVELS))}"


def log_format(value: str, practice: bool) -> str | None:
    return None if value in ("json", "text") else f"is “{value}”; it must be json or text"


def collector(value: str, practice: bool) -> str | None:
    """Check an address to which we report. It may be in our own network, without HTTPS. It may hold a key."""
    parts = split_address(value)
    return None if parts and parts.hostname and parts.scheme in {"http", "https"} else "must be an address"


def sentry(value: str, practice: bool) -> str | None:
    """Check a DSN. Sentry's library raises an error for a wrong one, at which every web process and worker ended."""
    parts = split_address(value)
    is_project = parts and parts.username and re.fullmatch("/(.+/)?[0-9]+", parts.path)
    return None if is_project and not collector(value, practice) else "must look like https://key@host/number"


def sender(value: str, practice: bool) -> str | None:
    return None if re.fullmatch(r"[!-~]+", value) else "must be one word without spaces"


def addresses(value: str, practice: bool) -> str | None:
    for address in filter(None, value.split(",")):
        try:
            ip_network(address.strip())
        except ValueError:
            return f"has “{address}”; it must list internet addresses or networks such as 203.0.113.0/28"
    return None


def between(least: int, most: int) -> Check:
    def check(value: str, practice: bool) -> str | None:
        if re.fullmatch(r"[0-9]{1,9}", value) and least <= int(value) <= most:
            return None
        return f"is “{value[:40]}”; it must be a whole number from {least} to {most}"

    return check


def anchor_file(value: str, practice: bool) -> str | None:
    path = Path(value)
    if not path.is_absolute() or path.is_dir():
        return f"is “{value}”; it must be the whole path of a file"
    if not path.parent.is_dir():
        return f"is in the folder {path.parent}, which does not exist"
    return None if os.access(path if path.exists() else path.parent, os.W_OK) else f"cannot be written: {path}"


def role(value: str, practice: bool) -> str | None:
    return None if len(value.encode()) <= 63 else "is longer than the name of a role of PostgreSQL can be"


def folder(value: str, practice: bool) -> str | None:
    return None if Path(value).is_dir() else f"is “{value}”; there is no such folder"


def hours(value: str, practice: bool) -> str | None:
    hours = re.fullmatch(r"((?:[01][0-9]|2[0-3]):[0-5][0-9])-((?:[01][0-9]|2[0-3]):[0-5][0-9])", value)
    return None if hours and hours[1] < hours[2] else f"is “{value[:40]}”; it must look like 09:00-17:00"


def zone(value: str, practice: bool) -> str | None:
    return None if value in available_timezones() else f"is “{value[:40]}”, which is no time zone"


def region(value: str, practice: bool) -> str | None:
    codes = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT", "none")
    return None if value in codes else f"is “{value[:40]}”; it must be one of {', '.join(codes)}"


def generation(value: str, practice: bool) -> str | None:
    return None if len(value) <= 40 else "is longer than 40 characters"


def anything(value: str, practice: bool) -> None:
    return None
