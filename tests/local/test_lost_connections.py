"""What a worker does about a broker that it lost, with the test process as the worker."""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from kombu.asynchronous import Hub
from kombu.entity import Queue

from beanworks_connect.celery import LostConnections, app
from beanworks_connect.heartbeat import broker


def open_files() -> int:
    # Some sockets are closed when Python finds that nothing refers to their channel.
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))


def broker_clients() -> set[int]:
    return {int(client["id"]) for client in broker().client_list()}


@contextmanager
def broker_down(clients: Iterable[int]) -> Iterator[None]:
    """End the connections of these clients, and refuse new ones."""
    limit = int(broker().config_get("maxclients")["maxclients"] or 0)
    broker().config_set("maxclients", 1)
    for client in clients:
        broker().client_kill_filter(_id=str(client))
    yield
    broker().config_set("maxclients", limit)


def connect(hub: Any) -> tuple[Any, Any]:
    """Wait for messages in two channels, as workers do for tasks and for remote control. Returns the latter, too."""
    connection: Any = app.connection_for_read()
    connection.transport.register_with_event_loop(connection.connection, hub)
    queue: Any = Queue("lost")  # type: ignore[no-untyped-call]
    connection.Consumer([queue], no_ack=True, on_message=print).consume()
    control = connection.channel()
    app.control.mailbox.Node("lost", channel=control).listen(callback=print)
    for call in [*hub.on_tick]:
        call()
    return connection, control


def test_lost_connection_to_the_broker_leaves_no_open_file() -> None:
    others = broker_clients()
    hub: Any = Hub()  # type: ignore[no-untyped-call]
    connection, control = connect(hub)
    worker = SimpleNamespace(hub=hub, connection=connection)
    step = LostConnections(worker)
    step.start(worker)
    before = open_files()

    for _restart in range(3):
        # What Celery does when it notices that.
        with broker_down(broker_clients() - others):
            for close in (connection.collect, control.close):
                with suppress(*connection.connection_errors):
                    close()
            hub.reset()
            hub.timer.clear()
            step.stop(worker)
        connection, control = connect(hub)
        worker.connection = connection
        step.start(worker)

    assert open_files() == before
    assert len(hub.on_tick) == 1
    connection.close()
    hub.close()
