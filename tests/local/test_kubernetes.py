"""deploy/kubernetes, as kubectl builds it: valid, restricted, and in agreement with compose and the local stack."""

import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
import yaml

from beanworks_connect.environment.variables import CHECKS
from core.queue_states import QUEUES
from local.commands import COMMANDS
from tests.support.processes import ROOT

from .test_compose import MODEL as COMPOSE
from .test_compose import most_connections
from .test_workers import GRACE_PERIOD

Resource = dict[str, Any]
FOLDER = "deploy/kubernetes/example"
# Kubernetes puts the first two into the command of a worker; Python reads the third.
NOT_SETTINGS = {"QUEUE", "CONCURRENCY", "TMPDIR"}


@cache
def resources() -> list[Resource]:
    built = subprocess.run(["kubectl", "kustomize", FOLDER], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not built.stderr
    return list(yaml.safe_load_all(built.stdout))


def of_kind(*kinds: str) -> dict[str, Resource]:
    return {resource["metadata"]["name"]: resource for resource in resources() if resource["kind"] in kinds}


def pods() -> dict[str, Resource]:
    jobs = {name: resource["spec"]["jobTemplate"] for name, resource in of_kind("CronJob").items()}
    owners = of_kind("Deployment", "Job") | jobs
    return {name: owner["spec"]["template"]["spec"] for name, owner in owners.items()}


def containers() -> Iterator[tuple[str, Resource]]:
    for name, pod in pods().items():
        for container in [*pod.get("initContainers", []), *pod["containers"]]:
            yield name, container


def variables(container: Resource) -> dict[str, str]:
    [settings] = of_kind("ConfigMap").values()
    shared: dict[str, str] = settings["data"]
    return shared | {variable["name"]: variable["value"] for variable in container.get("env", [])}


@pytest.fixture
def kubernetes() -> ModuleType:
    """Imported here, because every process imports this module, and the import makes 40 parsers in 1.5 s."""
    return import_module("kubernetes_validate")


def validate(resource: Resource, kubernetes: ModuleType) -> None:
    kubernetes.validate(resource, kubernetes.latest_version(), strict=True)


def test_every_resource_follows_its_schema(kubernetes: ModuleType) -> None:
    for resource in resources():
        validate(resource, kubernetes)


def test_a_field_that_kubernetes_does_not_know_is_refused(kubernetes: ModuleType) -> None:
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selectors": {}}}

    with pytest.raises(kubernetes.ValidationError):
        validate(wrong, kubernetes)


def test_processes_are_those_of_compose() -> None:
    assert pods().keys() == COMMANDS.keys() - {"demo", "practice"} | {"backup"}


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - {"demo", "practice", "web"}))
def test_a_container_runs_the_command_of_the_local_stack(name: str) -> None:
    [container] = pods()[name]["containers"]
    command = " ".join(container["args"])
    for variable, value in variables(container).items():
        command = command.replace(f"$({variable})", value)

    assert command == COMMANDS[name]


def test_the_web_runs_the_command_of_the_image() -> None:
    [container] = pods()["web"]["containers"]
    assert not container.keys() & {"command", "args"}


def test_every_variable_is_a_setting() -> None:
    for name, container in containers():
        names = {
            variable if variable in CHECKS else variable.removesuffix("_FILE") for variable in variables(container)
        }
        assert names - CHECKS.keys() <= NOT_SETTINGS, name


def test_secrets_are_files_of_the_secrets_that_the_docs_name() -> None:
    assert not of_kind("Secret")
    docs = (ROOT / "docs" / "deployment.md").read_text()

    for name, container in containers():
        folders = {mount["mountPath"] for mount in container["volumeMounts"]}
        files = [value for variable, value in variables(container).items() if variable.endswith("_FILE")]
        assert {file.rpartition("/")[0] for file in files} <= folders, name
        assert [file for file in files if f"`{file.rpartition('/')[2]}`" not in docs] == []


def test_only_migrations_and_backups_connect_as_the_owner_of_the_tables() -> None:
    owners = [name for name, pod in pods().items() if "beanworks-connect-owner" in str(pod["volumes"])]

    assert sorted(owners) == ["backup", "migrate"]


def test_no_container_can_change_its_files_or_become_root() -> None:
    for name, pod in pods().items():
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
    for name, container in containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert container["resources"]["limits"]["memory"]


def test_probes_ask_what_each_process_answers() -> None:
    for name, deployment in of_kind("Deployment").items():
        [container] = deployment["spec"]["template"]["spec"]["containers"]
        if name == "web":
            assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
            assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        else:
            assert container["livenessProbe"]["exec"]["command"] == COMPOSE["services"][name]["healthcheck"]["test"][1:]


def test_processes_have_the_time_to_stop_that_they_are_tested_with() -> None:
    for pod in pods().values():
        [container] = pod["containers"]
        pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert pod["terminationGracePeriodSeconds"] >= pause + GRACE_PERIOD


def test_one_beat_ends_before_the_next_one_starts() -> None:
    beat = of_kind("Deployment")["beat"]["spec"]

    assert (beat["replicas"], beat["strategy"]) == (1, {"type": "Recreate"})


def test_backups_are_those_of_compose_and_go_to_a_volume_of_their_own() -> None:
    [container] = pods()["backup"]["containers"]
    folder = container["args"][3]
    [volume] = [mount["name"] for mount in container["volumeMounts"] if mount["mountPath"] == folder]
    claims = {
        part["name"]: part.get("persistentVolumeClaim", {}).get("claimName") for part in pods()["backup"]["volumes"]
    }

    assert " ".join(container["args"]) == COMPOSE["services"]["backup"]["command"]
    assert claims[volume] in of_kind("PersistentVolumeClaim")
    assert of_kind("CronJob")["backup"]["spec"]["concurrencyPolicy"] == "Forbid"


def test_an_upgrade_replaces_every_image() -> None:
    """An overlay that names one image only would back up with another version than the one that runs."""
    images = {container["image"] for _name, container in containers()}

    tags = {image.partition(":")[2] for image in images}
    assert {image.partition(":")[0].rpartition("/")[2] for image in images} == {
        "beanworks-connect",
        "beanworks-connect-backup",
    }
    assert len(tags) == 1


def test_an_upgrade_never_has_fewer_processes_than_before() -> None:
    for name, deployment in of_kind("Deployment").items():
        assert name == "beat" or deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_workers_scale_by_the_age_of_their_queue() -> None:
    scaled = {}
    for name, scaler in of_kind("HorizontalPodAutoscaler").items():
        assert scaler["spec"]["scaleTargetRef"]["name"] == name
        [metric] = scaler["spec"]["metrics"]
        if metric["type"] == "External":
            scaled[name] = metric["external"]["metric"]

    # What beat starts is no row, so its queue has no age.
    assert scaled == {
        f"worker-{queue}": {"name": "beanworks_queue_age_seconds", "selector": {"matchLabels": {"queue": queue}}}
        for queue in QUEUES
        if queue != "periodic"
    }


def test_docs_say_how_many_connections_all_pods_can_open() -> None:
    most = {name: scaler["spec"]["maxReplicas"] for name, scaler in of_kind("HorizontalPodAutoscaler").items()}
    opened = sum(most_connections(COMMANDS[name]) * most.get(name, 1) for name in of_kind("Deployment"))

    assert f"can open {opened} connections" in (ROOT / "docs" / "deployment.md").read_text()


def test_every_group_of_pods_survives_the_loss_of_a_node() -> None:
    budgets = {name: budget["spec"]["selector"] for name, budget in of_kind("PodDisruptionBudget").items()}
    groups = {name: deployment["spec"]["selector"] for name, deployment in of_kind("Deployment").items()}

    assert budgets == {name: selector for name, selector in groups.items() if name != "beat"}
