"""The local stack as a user runs it: started, damaged, stopped, restarted. All parts are real."""

import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from shutil import copyfile

import psycopg
import pytest
import requests

from local.stack import SERVED
from tests.support.processes import PATIENCE, Running, descendants, free_port, frozen, wait_until

KEPT = ("postgresql", "valkey", "practice", *SERVED)
READY = "Ctrl-C stops everything"
# Index in the fields that /proc has for a process after its name; the first one is its state.
START = 19


class Stack(Running):
    """`python -m local run` with its own ports and data."""

    def __init__(self, folder: Path, *, var: Path | None = None, port: int | None = None) -> None:
        self.var, self.port, self.practice_port = var or folder / "var", port or free_port(), free_port()
        ports = {"PORT": str(self.port), "PRACTICE_PORT": str(self.practice_port)}
        bare = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        command = [sys.executable, "-m", "local", "run"]
        super().__init__("stack", command, folder, bare | ports | {"BEANWORKS_VAR": str(self.var)})

    def start(self) -> None:
        super().start()
        starts = self.said().count(READY)
        wait_until(lambda: not self.alive or self.said().count(READY) > starts, "the stack is ready", 2 * PATIENCE)
        assert self.alive, self.said()

    def begin(self) -> None:
        """Start without waiting until it is ready."""
        super().start()

    def pid_of(self, part: str) -> int | None:
        """Return the process ID of a part, or None while it does not run."""
        try:
            return int((self.var / "run" / f"{part}.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def wait_for(self, part: str) -> int:
        while not (pid := self.pid_of(part)):
            wait_until(lambda: self.pid_of(part), f"{part} runs")
        return pid

    def health(self) -> dict[str, str]:
        answer: dict[str, str] = self.ask_health().json()
        return answer

    def ask_health(self) -> requests.Response:
        return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=5)

    def healthy(self) -> bool:
        try:
            return self.ask_health().ok
        except requests.RequestException:
            return False

    def database(self) -> psycopg.Connection:
        secrets = dict(line.split("=", 1) for line in (self.var / "secrets.env").read_text().splitlines())
        password, host = secrets["POSTGRES_PASSWORD"], str(self.var / "run")
        return psycopg.connect(host=host, user="beanworks", dbname="beanworks", password=password, autocommit=True)


def stat_of(pid: int) -> tuple[str, list[str]]:
    """Return number and name of a process, and the fields after them in /proc, its state first.

    Raise OSError if the process has ended.
    """
    name, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    return name, rest.split()


def parts_of(pid: int) -> dict[int, str]:
    """Return this process and all its descendants with their start times, because process IDs are reused."""
    parts = {}
    for part in descendants(pid):
        with suppress(OSError):
            parts[part] = stat_of(part)[1][START]
    return parts


def still_there(parts: dict[int, str]) -> list[str]:
    """Return the processes that still run. A zombie that its new parent has not yet collected does not count."""
    running = []
    for pid, start in parts.items():
        with suppress(OSError):
            name, about = stat_of(pid)
            if about[START] == start and about[0] != "Z":
                running.append(name)
    return running


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack")) as stack:
        stack.start()
        yield stack


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with Stack(tmp_path) as stack:
        yield stack


def test_addresses_are_printed_and_every_part_answers(running: Stack) -> None:
    assert f"http://127.0.0.1:{running.port}\n" in running.said()
    assert f"http://127.0.0.1:{running.practice_port}\n" in running.said()
    wait_until(running.healthy, "everything answers")


@pytest.mark.parametrize("part", KEPT)
def test_killed_part_is_restarted(running: Stack, part: str) -> None:
    killed = running.wait_for(part)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: running.pid_of(part) not in (None, killed), f"{part} is back")
    wait_until(running.healthy, "everything answers")


@pytest.mark.parametrize(("part", "health_name"), [("postgresql", "database"), ("valkey", "broker")])
def test_health_names_a_part_that_hangs_and_does_not_hang_itself(running: Stack, part: str, health_name: str) -> None:
    wait_until(running.healthy, "everything answers")
    with frozen(running.wait_for(part)):
        health = running.health()
    assert health[health_name] == "did not answer within 1 s"
    wait_until(running.healthy, "everything answers")


def test_its_secrets_are_for_its_owner_and_in_no_log(running: Stack) -> None:
    file = running.var / "secrets.env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    said = running.said() + "".join(log.read_text() for log in (running.var / "logs").iterdir())
    assert [line for line in file.read_text().splitlines() if line.split("=", 1)[1] in said] == []


def test_output_of_each_part_is_in_its_own_log(running: Stack) -> None:
    # Beat writes nothing while all is well, and a part that wrote nothing has no log.
    writing = {*KEPT, "local", "migrate", "demo"} - {"beat"}
    assert {log.stem for log in (running.var / "logs").glob("*.log")} >= writing


def test_second_start_on_the_same_data_is_refused(running: Stack, tmp_path: Path) -> None:
    with Stack(tmp_path, var=running.var) as second:
        second.begin()
        assert second.wait() == 1
    assert second.said().count("\n") == 1
    assert f"already running on {running.var} at http://127.0.0.1:{running.port}" in second.said()


def test_management_command_runs_against_the_running_stack(running: Stack) -> None:
    command = [sys.executable, "-m", "local", "manage", "verify_audit"]
    done = subprocess.run(command, env={"BEANWORKS_VAR": str(running.var)}, capture_output=True)
    assert b"every chain whole" in done.stdout


def test_backup_of_a_running_stack_is_restored_into_another_with_its_keys(running: Stack, tmp_path: Path) -> None:
    def run_local(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "local", *arguments]
        return subprocess.run(command, env={"BEANWORKS_VAR": str(var)}, capture_output=True, text=True)

    made = run_local(running.var, "manage", "backup", str(tmp_path / "backups"))
    assert made.returncode == 0, made.stderr
    [backup] = map(str, (tmp_path / "backups").iterdir())

    assert "already running" in run_local(running.var, "restore", backup).stderr
    (tmp_path / "other").mkdir()
    copyfile(running.var / "secrets.env", tmp_path / "other" / "secrets.env")
    assert run_local(tmp_path / "other", "restore", backup).stdout.startswith("Restored ")


def test_port_in_use_is_reported_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with Stack(tmp_path, port=port) as stack:
            stack.begin()
            assert stack.wait() == 1
    assert stack.said() == (
        f"Port {port} is in use by another program. Stop that one, or choose another port: "
        f"PORT={port + 10} scripts/run\n"
    )


def test_same_port_for_the_product_and_the_practice_company_is_refused(tmp_path: Path) -> None:
    port = str(free_port())
    environment = {"PORT": port, "PRACTICE_PORT": port, "BEANWORKS_VAR": str(tmp_path)}

    ended = subprocess.run([sys.executable, "-m", "local", "run"], env=environment, capture_output=True, text=True)

    assert ended.stderr == f"PORT and PRACTICE_PORT are both {port}. Choose two ports.\n"


def test_data_survives_a_stop_and_no_process_survives_a_stop_or_kill(running: Stack) -> None:
    wait_until(running.healthy, "everything answers")
    everything = parts_of(running.pid)
    with running.database() as database:
        database.execute("CREATE TABLE entered AS SELECT 42 AS value")
    os.kill(running.pid, signal.SIGINT)
    assert running.wait() == 0
    assert "Stopped. Data is in" in running.said()
    assert still_there(everything) == []

    first, migrated = len(running.said()), (running.var / "logs" / "migrate.log").read_text().count("Applying")
    running.start()
    everything = parts_of(running.pid)
    with running.database() as database:
        assert database.execute("SELECT value FROM entered").fetchall() == [(42,)]
    # A second start is fast because it does not repeat the work of the first.
    assert "Creating the database" not in running.said()[first:]
    assert (running.var / "logs" / "migrate.log").read_text().count("Applying") == migrated
    # One of its parts cannot react to a signal.
    with frozen(running.wait_for("web")):
        os.kill(running.pid, signal.SIGKILL)
        wait_until(lambda: not still_there(everything), "its parts have followed it")
    running.wait()
    # For the tests that share it.
    running.start()


def test_a_stop_while_starting_leaves_nothing_behind(stack: Stack) -> None:
    stack.begin()
    stack.wait_for("postgresql")
    everything = parts_of(stack.pid)
    os.kill(stack.pid, signal.SIGINT)
    assert stack.wait() == 0
    assert still_there(everything) == []
