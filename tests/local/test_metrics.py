"""Metrics: what processes count, what the database knows, and the rules and panels that use them."""

import json
import os
import re
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import requests
import yaml
from django.conf import settings
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY, Counter, Histogram, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

import intacct.errors
from accounts.models import Customer
from beanworks_connect import heartbeat
from beanworks_connect.exposition import counted, known, serve, start_at_zero
from beanworks_connect.health import READY
from beanworks_connect.heartbeat import BEAT, report
from core import metrics
from core.queue import publish
from core.queue_states import QUEUES
from mail.models import Email
from tests.support.processes import ROOT, free_port, wait_until
from tests.support.stack import Live, Worker
from wizard.models import Connection, Incident

HEADERS = {"Authorization": f"Bearer {settings.METRICS_TOKEN}"}
GROUPS = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text())["groups"]
ALERTS = {rule["alert"]: rule for group in GROUPS for rule in group["rules"]}
PANELS = json.loads((ROOT / "deploy" / "dashboard.json").read_text())["panels"]
EXPRESSIONS = {name: rule["expr"] for name, rule in ALERTS.items()} | {
    f"{panel['title']}, {target['refId']}": target["expr"] for panel in PANELS for target in panel.get("targets", ())
}
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()
OTHER_KEY = f"other:{b64encode(b'x' * 32).decode()}"
# Readiness is asked over connections of its own, which may write the key canary.
in_database = pytest.mark.django_db(transaction=True)


def samples(live: Live) -> dict[tuple[str, ...], float]:
    """Return every sample of /metrics by its name and the values of its labels."""
    text = requests.get(f"{live.url}/metrics", headers=HEADERS, timeout=10).text
    return values(text_string_to_metric_families(text))


def values(families: Iterable[Metric]) -> dict[tuple[str, ...], float]:
    found = (sample for family in families for sample in family.samples)
    return {
        (sample.name, *(value for _label, value in sorted(sample.labels.items()))): sample.value for sample in found
    }


def test_web_counts_in_memory_and_not_in_the_folder_of_downloads(tmp_path: Path) -> None:
    """With a full disk, the kernel ended each web process that counted, and the web server gave up."""
    server = tmp_path / "granian"
    server.write_text('#!/bin/sh\necho "$PROMETHEUS_MULTIPROC_DIR"\n')
    server.chmod(0o700)
    environment = {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}
    environment |= {
        "TMPDIR": str(tmp_path),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "GRANIAN_PORT": str(free_port()),
    }

    command = [sys.executable, "-m", "beanworks_connect.web"]
    printed = subprocess.check_output(command, cwd=ROOT, env=environment, text=True, timeout=60)

    folder, memory = Path(printed.strip()), Path("/dev/shm")
    folder.rmdir()
    assert folder.parent == (memory if memory.exists() else tmp_path)


def test_worker_works_without_its_port_and_its_heartbeat_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """Beat ended at the first beat. A worker wrote an error every two seconds, and its queue counted as unserved."""
    monkeypatch.setattr(heartbeat, "FILE", str(tmp_path / "missing" / "heartbeat"))
    with socket.create_server(("", 0)) as taken:
        settings.METRICS_PORT = taken.getsockname()[1]
        serve()
    for _beat in range(3):
        heartbeat.note_beat()

    first, second = caplog.messages
    assert first.startswith("METRICS_PORT ")
    assert second.startswith("HEARTBEAT_FILE ")


def test_requests_to_all_web_processes_are_counted_together(live: Live) -> None:
    key = ("beanworks_http_requests_total", "GET", "200", "account_login")
    before = samples(live).get(key, 0)

    for _ in range(20):
        # A new connection each, so that both processes get some.
        requests.get(f"{live.url}/accounts/login/", timeout=10)

    assert samples(live)[key] == before + 20


def test_a_file_that_a_killed_process_left_empty_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    (tmp_path / "counter_1.db").touch()

    assert generate_latest(counted()) == b""


def test_work_and_tasks_of_a_worker_are_counted(live: Live, worker: Worker) -> None:
    ended = ("beanworks_work_ended_total", "email", "sent")
    tasks = ("beanworks_task_seconds_count", "mail.tasks.email_run")
    before = samples(live)

    email = Email.objects.create(kind="x", dedupe_key="1", address="ada@example.com", language="en", text="1")
    publish(Email.task, email.pk)

    wait_until(lambda: samples(live).get(tasks, 0) > before.get(tasks, 0), "the task is counted")
    assert samples(live)[ended] == before.get(ended, 0) + 1


def test_first_work_that_a_worker_gives_up_is_an_increase() -> None:
    """`increase` sees nothing in a series that begins at one, so the alert did not fire."""
    start_at_zero()

    given_up = {key[1] for key in values(REGISTRY.collect()) if key[0] == "beanworks_work_given_up_total"}
    assert given_up >= {"channel_message", "email", "sync", "test_bill", "verification"}


def test_failures_that_alerts_count_begin_at_zero() -> None:
    """Thirty emails that are refused between two looks of Prometheus were no increase either."""
    start_at_zero()

    failures = {key[1:] for key in values(REGISTRY.collect()) if key[0] == "beanworks_work_ended_total"}
    assert failures >= {("email", "sender"), ("email", "address"), ("sync", "failed"), ("sync", "incomplete")}


def test_metrics_need_the_token(live: Live) -> None:
    for headers in ({}, {"Authorization": "Bearer guess"}):
        assert requests.get(f"{live.url}/metrics", headers=headers, timeout=10).status_code == 404


@in_database
def test_prometheus_asks_a_process_by_its_own_address(client: Client, settings: Settings) -> None:
    """Through the proxy, each answer would come from another process. In a cluster nothing between them uses HTTPS."""
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["connect.example.com"]

    assert client.get("/metrics", headers=HEADERS | {"Host": "10.0.0.7:8000"}).status_code == 200


@in_database
def test_database_gives_ages_and_open_incidents(customer: Customer) -> None:
    report(*QUEUES, BEAT)
    connection = Connection.objects.create(customer=customer)
    Incident.objects.create(connection=connection, check_slug="gateway", cause="timeout", since=timezone.now())

    given = values(known().collect())

    assert given["beanworks_open_incidents", "timeout"] == 1
    assert given["beanworks_up", "database"] == given["beanworks_up", "broker"] == 1
    assert given["beanworks_heartbeat_age_seconds", "mail"] < 60
    assert given["beanworks_queue_age_seconds", "mail"] == 0
    assert given["beanworks_schedule_age_seconds",] == 0


@in_database
def test_emails_that_the_server_does_not_take_are_counted_while_they_wait() -> None:
    """They are retried for two days, and only then they count as failed."""
    for number, (reason, state) in enumerate([("silent", "queued"), ("silent", "done"), ("", "queued")]):
        Email.objects.create(
            kind="x", dedupe_key=str(number), address="ada@example.com", language="en", text="1",
            failure_reason=reason, state=state,
        )  # fmt: skip

    given = values(known().collect())

    assert {key: value for key, value in given.items() if key[0] == "beanworks_emails_to_retry"} == {
        ("beanworks_emails_to_retry", "silent"): 1
    }


@in_database
def test_process_says_whether_it_is_ready(settings: Settings) -> None:
    """No alert fired when no web process was ready, because each still gave its metrics."""
    assert [values(known().collect())["beanworks_ready", part] for part in READY] == [1, 1, 1]

    settings.ENCRYPTION_KEYS = [OTHER_KEY]

    assert values(known().collect())["beanworks_ready", "keys"] == 0


OURS = [metric for metric in vars(metrics).values() if isinstance(metric, Counter | Histogram)]
SUFFIXES = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}


def names() -> set[str]:
    """Return what Prometheus knows: our counters, and what the database and the broker give, without samples too."""
    counted = [family for metric in OURS for family in metric.describe()]
    return {family.name for family in known().collect()} | {
        f"{family.name}{suffix}" for family in counted for suffix in SUFFIXES[family.type]
    }


def selectors(node: Any) -> Iterator[promql_parser.VectorSelector]:
    """Yield every selector of series in a parsed expression."""
    if isinstance(node, promql_parser.VectorSelector):
        yield node
    for name in ("expr", "lhs", "rhs", "vector_selector", "args"):
        inner = getattr(node, name, None)
        for child in inner if isinstance(inner, list) else [inner] if inner is not None else []:
            yield from selectors(child)


@in_database
def test_rules_and_panels_name_only_metrics_that_exist() -> None:
    existing = names()
    used = {
        selector.name: title
        for title, expression in EXPRESSIONS.items()
        for selector in selectors(promql_parser.parse(expression))
    }

    assert {name: title for name, title in used.items() if name not in existing} == {}


def test_unknown_metric_would_be_noticed() -> None:
    [selector, other] = selectors(promql_parser.parse('sum(rate(a{x="1"}[5m])) / max(b offset 1h) > 2'))

    assert (selector.name, other.name) == ("a", "b")


def test_rules_name_outcomes_that_exist() -> None:
    given = re.findall(r'gateway_functions_total\{outcome=~?"([^"]+)"', str(EXPRESSIONS))

    assert given
    assert {name for words in given for name in words.split("|")} <= vars(intacct.errors).keys()


def test_each_alert_has_a_severity_and_an_entry_in_the_runbook() -> None:
    for name, rule in ALERTS.items():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert f"| `{name}` |" in RUNBOOK


def test_no_label_names_who_it_is_about() -> None:
    labels = {label for metric in OURS for label in metric._labelnames}

    assert labels == {"change", "function", "kind", "method", "outcome", "priority", "status", "task", "view"}
