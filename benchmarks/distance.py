"""A proxy between client and gateway that delays all data, as the distance between two cities does."""

import asyncio
import sys
from asyncio import Queue, StreamReader, StreamWriter

CHUNK = 256 * 1024


async def _carry(reader: StreamReader, writer: StreamWriter, seconds: float) -> None:
    """Write all data `seconds` after it was read, in order."""
    delayed: Queue[tuple[float, bytes]] = Queue()
    clock = asyncio.get_running_loop().time

    async def deliver() -> None:
        while True:
            due, chunk = await delayed.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if not chunk:
                writer.close()
                return
            writer.write(chunk)
            await writer.drain()

    delivery = asyncio.create_task(deliver())
    while chunk := await reader.read(CHUNK):
        delayed.put_nowait((clock() + seconds, chunk))
    delayed.put_nowait((clock() + seconds, b""))
    await delivery


async def serve(port: int, to_port: int, round_trip: float) -> None:
    async def connected(reader: StreamReader, writer: StreamWriter) -> None:
        # Opening a connection takes one round trip.
        await asyncio.sleep(round_trip)
        target, upstream = await asyncio.open_connection("127.0.0.1", to_port)
        directions = _carry(reader, upstream, round_trip / 2), _carry(target, writer, round_trip / 2)
        await asyncio.gather(*directions, return_exceptions=True)

    server = await asyncio.start_server(connected, "127.0.0.1", port, limit=CHUNK)
    await server.serve_forever()


if __name__ == "__main__":
    listen, target, milliseconds = map(int, sys.argv[1:])
    asyncio.run(serve(listen, target, milliseconds / 1000))
