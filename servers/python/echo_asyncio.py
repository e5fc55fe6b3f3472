"""asyncio streams: a coroutine a connection. (asyncio itself receives up to 256 KiB at a time.)"""

import asyncio
import logging

from listening import listen, print_port


async def main():
    listener, buffer_bytes = listen(blocking=False)

    async def serve(reader, writer):
        try:
            while data := await reader.read(buffer_bytes):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # the peer is gone
        finally:
            writer.close()

    server = await asyncio.start_server(serve, sock=listener, backlog=4096)
    print_port(listener)
    await server.serve_forever()


# Out of descriptors, asyncio calls accept as often as the backlog is long and logs each failure.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)

if __name__ == "__main__":
    asyncio.run(main())
