"""docker-compose.yml, the Dockerfile and the local stack agree. These tests need no container engine."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from compose_spec import PyCompose
from django.conf import settings

from local.commands import COMMANDS
from local.environment import PROCESS, product
from local.paths import Folders
from local.stack import PRACTICE_PORT
from tests.support.processes import ROOT

from .test_workers import GRACE_PERIOD

COMPOSE = (ROOT / "docker-compose.yml").read_text()
IMAGE = (ROOT / "Dockerfile").read_text()
STAGES = dict(re.findall(r"^FROM \S+ AS (\w+)\n((?:(?!FROM).*\n)+)", IMAGE, re.MULTILINE))
SHARED = COMPOSE.split("\nx-product:")[1].split("\nservices:\n")[0]
SERVICE_LINES = COMPOSE.split("\nservices:\n")[1].split("\nsecrets:\n")[0]
SERVICES = dict(re.findall(r"^  ([\w-]+):\n((?:    .*\n|\n)+)", SERVICE_LINES, re.MULTILINE))
OTHERS = {"backup", "database", "broker", "proxy"}
# With the default of every variable, as compose reads it when none is set.
MODEL = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", COMPOSE))
# Variables that other programs read (Granian, Python), and those that only the practice company reads.
NOT_SETTINGS = {"GRANIAN_HOST", "GRANIAN_PORT", "PYTHONWARNINGS", "PRACTICE_STATE", "TMPDIR"}


def test_compose_follows_its_specification() -> None:
    assert set(PyCompose.from_json(json.dumps(MODEL)).service_names()) == SERVICES.keys()


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_container_can_change_its_files_or_become_root(name: str) -> None:
    service = MODEL["services"][name]

    assert service["read_only"]
    assert (service["cap_drop"], service["security_opt"]) == (["ALL"], ["no-new-privileges:true"])
    assert "build" in service or service["user"] in {"postgres", "valkey", "nginx"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_container_has_limits(name: str) -> None:
    assert MODEL["services"][name].keys() >= {"mem_limit", "pids_limit"}


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"demo"}))
def test_the_product_writes_large_files_to_a_volume(name: str) -> None:
    service = MODEL["services"][name]

    assert service["tmpfs"] == ["/tmp"]
    assert service["environment"]["TMPDIR"] in service["volumes"]


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"demo"} | {"backup"}))
def test_a_service_has_the_volume_of_each_file_that_it_writes(name: str) -> None:
    """A process that cannot write to AUDIT_ANCHOR_FILE does not start, and no container can write to its own files."""
    service = MODEL["services"][name]
    volumes = {volume.split(":")[1] for volume in service["volumes"] if ":" in volume}

    words = [*map(str, service["environment"].values()), *service["command"].split()]
    files = [word for word in words if word.startswith(("/var/lib/", "/var/backups"))]

    assert {file if file in volumes else file.rpartition("/")[0] for file in files} == volumes


def test_a_worker_that_grows_ends_before_it_is_killed() -> None:
    assert int(MODEL["x-product"]["mem_limit"].removesuffix("g")) << 30 > settings.WORKER_MEGABYTES * 1_000_000


def test_the_broker_refuses_messages_before_it_is_killed() -> None:
    broker = MODEL["services"]["broker"]
    [most] = re.findall(r"--maxmemory (\d+)mb", broker["command"])

    assert int(most) << 20 < int(broker["mem_limit"].removesuffix("g")) << 30


def most_connections(command: str) -> int:
    """Return how many connections to PostgreSQL one container can open: see `beanworks_connect/workers.py`."""
    if threads := re.search(r"--concurrency (\d+)", command):
        return int(threads[1]) + 10
    processes = re.search(r"--workers (\d+)", command)
    return (int(processes[1]) if processes else 1) * 10


def test_the_database_allows_all_connections_that_processes_can_open() -> None:
    """Also those of two more web processes, which an upgrade starts."""
    services = {name: MODEL["services"][name] for name in COMMANDS.keys() - {"demo", "migrate", "practice"}}
    replicas = {name: service.get("deploy", {}).get("replicas", 1) for name, service in services.items()}
    needed = sum(most_connections(COMMANDS[name]) * number for name, number in replicas.items())
    allowed = re.search(r"max_connections=(\d+)", MODEL["services"]["database"]["command"])

    assert f"and needs {needed}." in (ROOT / "docs" / "operations.md").read_text()
    assert allowed
    assert needed + 2 * most_connections(COMMANDS["web"]) < int(allowed[1])


def test_two_web_processes_have_a_port_each_while_two_new_ones_start() -> None:
    web = MODEL["services"]["web"]

    assert web["deploy"]["replicas"] == 2
    assert web["ports"] == [{"host_ip": "127.0.0.1", "published": "8000-8003", "target": 8000}]


def known_to_settings() -> set[str]:
    settings = (ROOT / "beanworks_connect" / "settings.py").read_text()
    return set(re.findall(r'env\.\w+\(\s*"(\w+)"', settings)) | NOT_SETTINGS


def test_compose_has_every_part_of_the_local_stack_except_demo() -> None:
    assert SERVICES.keys() == COMMANDS.keys() - {"demo"} | OTHERS


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"demo"}))
def test_a_service_runs_the_command_of_the_local_stack(name: str) -> None:
    command = re.search(r"^    command: (.*)$", SERVICES[name], re.MULTILINE)
    assert command
    assert command[1] == COMMANDS[name].format(host="0.0.0.0", practice_port=PRACTICE_PORT)


def test_the_image_serves_the_web_by_itself() -> None:
    command = re.search(r"^CMD (.*)$", STAGES["product"], re.MULTILINE)
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
    assert product(Folders(tmp_path), 1, 2).keys() <= known_to_settings()


def test_no_secret_is_written_in_compose() -> None:
    names = "DATABASE_URL EMAIL_URL SECRET_KEY ENCRYPTION_KEYS INTACCT_SENDER_PASSWORD POSTGRES_PASSWORD"
    for name in names.split():
        assert not re.search(rf"^\s+{name}:", COMPOSE, re.MULTILINE)
        assert re.search(rf"^\s+{name}_FILE: /run/secrets/{name.lower()}$", COMPOSE, re.MULTILINE)


def test_only_migrations_and_backups_connect_as_the_owner_of_the_tables() -> None:
    owners = [name for name, lines in SERVICES.items() if "DATABASE_URL_FILE: /run/secrets/owner_url" in lines]

    assert sorted(owners) == ["backup", "migrate"]
    assert "owner_url" not in SHARED
    assert "PRODUCT_ROLE: beanworks_product" in SERVICES["migrate"]
    assert "CREATE ROLE beanworks_product" in (ROOT / "deploy" / "database-roles.sh").read_text()


def secret_files_of(lines: str) -> dict[str, str]:
    """Return the file of each variable that a service reads from a secret."""
    return dict(re.findall(r"^    +(\w+_FILE): /run/secrets/(\w+)$", lines, re.MULTILINE))


def secrets_of(lines: str) -> set[str]:
    listed = re.search(r"^  +secrets: \[(.*)\]$", lines, re.MULTILINE)
    return set(listed[1].split(", ")) if listed else set()


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - {"broker", "proxy"}))
def test_a_service_has_every_secret_that_its_variables_name(name: str) -> None:
    """The settings refuse to start when a variable names a file that is missing."""
    lines = SERVICES[name]
    shared = SHARED if "<<: *product" in lines else ""

    needed = secret_files_of(shared) | secret_files_of(lines)

    assert needed
    assert set(needed.values()) <= (secrets_of(lines) or secrets_of(shared))


def test_backups_have_the_programs_of_the_servers_version() -> None:
    """pg_dump refuses a newer server, and pg_restore could not read the dump of a newer one."""
    version = MODEL["services"]["database"]["image"].removeprefix("postgres:")

    assert f"ARG POSTGRESQL={version}\n" in STAGES[MODEL["services"]["backup"]["build"]["target"]]


def test_a_backup_starts_nothing_that_would_create_tables() -> None:
    """A restore needs an empty database: `migrate` would fill it."""
    service = MODEL["services"]["backup"]

    assert service["depends_on"].keys() == {"database"}
    assert service["profiles"] == ["backup"]
    assert service["restart"] == "no"


def test_the_product_is_built_without_a_target() -> None:
    assert list(STAGES)[-1] == MODEL["x-product"]["build"]["target"]


def test_image_contains_every_package_that_runs() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"]
    let_in = set(re.findall(r"^!(\w+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert set(packages) - {"benchmarks", "local"} <= let_in


@pytest.mark.slow
def test_the_image_can_collect_its_static_files() -> None:
    run = re.search(r"^RUN (SECRET_KEY=.*?)/venv/bin/python (manage.py collectstatic)", IMAGE, re.MULTILINE | re.DOTALL)
    assert run
    given = dict(pair.split("=", 1) for pair in run[1].replace("\\\n", " ").split())
    command = [sys.executable, *run[2].split(), "--no-input", "--dry-run"]
    subprocess.run(command, cwd=ROOT, env={"PATH": os.environ["PATH"]} | given, check=True, capture_output=True)


def nginx_settings() -> dict[str, list[str]]:
    """Return every single-line directive of the proxy with its values."""
    directives: dict[str, list[str]] = {}
    for name, value in re.findall(r"^\s*(\w+) ([^;{]+);", (ROOT / "deploy" / "nginx.conf").read_text(), re.MULTILINE):
        directives.setdefault(name, []).append(value)
    return directives


def test_proxy_buffers_forms_and_sets_the_client_address() -> None:
    proxy = nginx_settings()

    assert {"Host $host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"} <= {*proxy["proxy_set_header"]}
    assert proxy["proxy_request_buffering"] == ["on"]
    assert (proxy["set"], proxy["proxy_pass"]) == (["$web web"], ["http://$web:8000"])


@pytest.mark.parametrize("name", ["client_header_timeout", "client_body_timeout"])
def test_proxy_times_out_silent_clients(name: str) -> None:
    assert nginx_settings()[name] == ["10s"]


def test_proxy_body_limit_is_slightly_above_the_products() -> None:
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


def test_containers_have_the_time_to_stop_that_processes_are_tested_with() -> None:
    assert f"stop_grace_period: {GRACE_PERIOD}s" in SHARED
    assert "stop_grace_period" not in SERVICE_LINES


@pytest.mark.parametrize("name", sorted(name for name in COMMANDS if name == "beat" or name.startswith("worker-")))
def test_workers_and_beat_have_a_probe_of_their_own(name: str) -> None:
    assert "healthcheck: *worker-health" in SERVICES[name] or "test: [CMD, deploy/probe]" in SERVICES[name]
    assert "HEARTBEAT_FILE=" in IMAGE
    assert "!deploy/probe" in (ROOT / ".dockerignore").read_text().splitlines()
