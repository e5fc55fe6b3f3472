"""asyncio protocol: callbacks, no coroutine. (asyncio itself receives up to 256 KiB at a time.)"""

import asyncio
import logging

from listening import listen, print_port


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main():
    listener, _ = listen(blocking=False)
    server = await asyncio.get_running_loop().create_server(Echo, sock=listener, backlog=4096)
    print_port(listener)
    await server.serve_forever()


# Out of descriptors, asyncio calls accept as often as the backlog is long and logs each failure.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)

if __name__ == "__main__":
    asyncio.run(main())
