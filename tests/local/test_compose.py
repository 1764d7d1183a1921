"""docker-compose.yml, the Dockerfile and the local stack say the same; no container engine is needed to know."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.conf import settings

from local.commands import COMMANDS
from local.environment import PROCESS, product
from local.places import Places
from local.stack import PRACTICE_PORT
from tests.support.processes import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text()
IMAGE = (ROOT / "Dockerfile").read_text()
SHARED = COMPOSE.split("\nx-product:")[1].split("\nservices:\n")[0]
SERVICE_LINES = COMPOSE.split("\nservices:\n")[1].split("\nsecrets:\n")[0]
SERVICES = dict(re.findall(r"^  ([\w-]+):\n((?:    .*\n|\n)+)", SERVICE_LINES, re.MULTILINE))
OTHERS = {"database", "broker", "proxy"}
# What the programs we start read by themselves, and what only the practice company reads.
NOT_SETTINGS = {"GRANIAN_HOST", "GRANIAN_PORT", "PYTHONWARNINGS", "SANDBOX_STATE"}


def known_to_settings() -> set[str]:
    settings = (ROOT / "beanworks_connect" / "settings.py").read_text()
    return set(re.findall(r'env\.\w+\(\s*"(\w+)"', settings)) | NOT_SETTINGS


def test_compose_has_every_part_of_the_local_stack_but_the_demonstration() -> None:
    assert SERVICES.keys() == COMMANDS.keys() - {"demo"} | OTHERS


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"demo"}))
def test_a_service_runs_the_command_of_the_local_stack(name: str) -> None:
    command = re.search(r"^    command: (.*)$", SERVICES[name], re.MULTILINE)
    assert command
    assert command[1] == COMMANDS[name].format(host="0.0.0.0", practice_port=PRACTICE_PORT)


def test_the_image_serves_the_web_by_itself() -> None:
    command = re.search(r"^CMD (.*)$", IMAGE, re.MULTILINE)
    assert command
    assert json.loads(command[1]) == COMMANDS["web"].split()


def test_the_image_starts_processes_as_the_local_stack_does() -> None:
    assert {f"{name}={value}" for name, value in PROCESS.items()} <= set(IMAGE.split())


def test_compose_sets_only_what_the_settings_read() -> None:
    product_part = COMPOSE.split("\nservices:\n")[0]
    known = known_to_settings()
    given = re.findall(r"^    ([A-Z_]+):", product_part, re.MULTILINE)
    names = {name if name in known else name.removesuffix("_FILE") for name in given}
    assert names >= {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "INTACCT_SENDER_PASSWORD"}
    assert names <= known


def test_the_local_stack_sets_only_what_the_settings_read(tmp_path: Path) -> None:
    assert product(Places(tmp_path), 1, 2).keys() <= known_to_settings()


def test_no_secret_is_written_in_compose() -> None:
    names = "DATABASE_URL EMAIL_URL SECRET_KEY ENCRYPTION_KEYS INTACCT_SENDER_PASSWORD POSTGRES_PASSWORD"
    for name in names.split():
        assert not re.search(rf"^\s+{name}:", COMPOSE, re.MULTILINE)
        assert re.search(rf"^\s+{name}_FILE: /run/secrets/{name.lower()}$", COMPOSE, re.MULTILINE)


def test_only_migrations_connect_as_the_owner_of_the_tables() -> None:
    owners = [name for name, lines in SERVICES.items() if "DATABASE_URL_FILE: /run/secrets/owner_url" in lines]

    assert owners == ["migrate"]
    assert "owner_url" not in SHARED
    assert "PRODUCT_ROLE: beanworks_product" in SERVICES["migrate"]
    assert "CREATE ROLE beanworks_product" in (ROOT / "deploy" / "database-roles.sh").read_text()


def test_the_image_gets_every_package_that_runs() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    let_in = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert set(packages) - {"local"} <= let_in


@pytest.mark.slow
def test_the_image_can_collect_its_static_files() -> None:
    run = re.search(r"^RUN (SECRET_KEY=.*?)/venv/bin/python (manage.py collectstatic)", IMAGE, re.MULTILINE | re.DOTALL)
    assert run
    given = dict(pair.split("=", 1) for pair in run[1].replace("\\\n", " ").split())
    command = [sys.executable, *run[2].split(), "--no-input", "--dry-run"]
    subprocess.run(command, cwd=ROOT, env={"PATH": os.environ["PATH"]} | given, check=True, capture_output=True)


def nginx_settings() -> dict[str, list[str]]:
    """Every directive of the proxy that is one line, with its values."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"^\s*(\w+) ([^;{]+);", (ROOT / "deploy" / "nginx.conf").read_text(), re.MULTILINE):
        found.setdefault(name, []).append(value)
    return found


def test_the_proxy_passes_on_whole_forms_and_the_clients_own_address() -> None:
    proxy = nginx_settings()

    assert {"Host $host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"} <= {*proxy["proxy_set_header"]}
    assert proxy["proxy_request_buffering"] == ["on"]
    assert proxy["proxy_pass"] == ["http://web:8000"]


@pytest.mark.parametrize("name", ["client_header_timeout", "client_body_timeout"])
def test_the_proxy_gives_up_on_clients_that_send_nothing(name: str) -> None:
    assert nginx_settings()[name] == ["10s"]


def test_the_proxy_takes_what_the_product_takes_and_little_more() -> None:
    assert nginx_settings()["client_max_body_size"] == ["3m"]
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE < 3 * 1024 * 1024


def test_the_proxy_logs_no_path() -> None:
    proxy = nginx_settings()

    assert (proxy["access_log"], proxy["error_log"]) == (["off"], ["/dev/stderr crit"])


def test_the_proxy_of_compose_reads_its_own_files() -> None:
    assert "./deploy/nginx.conf:/etc/nginx/nginx.conf:ro" in SERVICES["proxy"]
    for name in ("tls_certificate", "tls_key"):
        assert f"/run/secrets/{name};" in (ROOT / "deploy" / "nginx.conf").read_text()
        assert f"  {name}: {{file: secrets/{name}}}" in COMPOSE
