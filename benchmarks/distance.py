"""A line between client and gateway on which everything takes its time, as it does between cities."""

import asyncio
import sys
from asyncio import Queue, StreamReader, StreamWriter

CHUNK = 256 * 1024


async def _carry(reader: StreamReader, writer: StreamWriter, seconds: float) -> None:
    """Whatever is read comes out `seconds` later, in order."""
    under_way: Queue[tuple[float, bytes]] = Queue()
    clock = asyncio.get_running_loop().time

    async def deliver() -> None:
        while True:
            due, piece = await under_way.get()
            await asyncio.sleep(max(0.0, due - clock()))
            if not piece:
                writer.close()
                return
            writer.write(piece)
            await writer.drain()

    delivery = asyncio.create_task(deliver())
    while piece := await reader.read(CHUNK):
        under_way.put_nowait((clock() + seconds, piece))
    under_way.put_nowait((clock() + seconds, b""))
    await delivery


async def serve(port: int, to_port: int, round_trip: float) -> None:
    async def connected(reader: StreamReader, writer: StreamWriter) -> None:
        # A connection is there after one round trip.
        await asyncio.sleep(round_trip)
        there, back = await asyncio.open_connection("127.0.0.1", to_port)
        ways = _carry(reader, back, round_trip / 2), _carry(there, writer, round_trip / 2)
        await asyncio.gather(*ways, return_exceptions=True)

    server = await asyncio.start_server(connected, "127.0.0.1", port, limit=CHUNK)
    await server.serve_forever()


if __name__ == "__main__":
    listen, target, milliseconds = map(int, sys.argv[1:])
    asyncio.run(serve(listen, target, milliseconds / 1000))
