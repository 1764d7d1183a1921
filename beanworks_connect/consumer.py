"""The part of a worker that receives messages from the broker."""

import gc
from typing import Any

from celery.worker import consumer


class Consumer(consumer.Consumer):
    """Frees what a lost connection to the broker left open.

    Celery gives up closing a connection at its first error. Its channels then stay open with their sockets, because
    the event loop and the QoS of each channel refer to them forever: one or two files for each restart of the broker.

    The channels stay usable: a task that still runs is acknowledged in the channel that its message came from.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        channels: list[Any] = [*self.connection.transport.channels]
        # Now, since a closed channel has no pools. A pool connects again when it is used.
        pools = [pool for channel in channels for pool in (channel.pool, channel.async_pool)]

        super().on_connection_error_after_connected(exc)

        # Only connections are in it. The next one adds itself.
        self.hub.on_tick.clear()
        for channel in channels:
            # Forget what the end of the process would restore: the sweepers publish it again.
            channel.do_restore = False
            channel.qos.restore_unacked_once()
        for pool in pools:
            pool.disconnect()
        # Free the channels of earlier connections now, with the sockets that acknowledged their last messages.
        gc.collect()
