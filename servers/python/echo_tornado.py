"""Tornado's TCPServer and IOStream: a coroutine a connection."""

import asyncio

from listening import listen, print_port
from tornado.ioloop import IOLoop
from tornado.iostream import StreamClosedError
from tornado.tcpserver import TCPServer


class Echo(TCPServer):
    async def handle_stream(self, stream, address):
        try:
            while True:
                await stream.write(await stream.read_bytes(self.read_chunk_size, partial=True))
        except StreamClosedError:
            pass


async def main():
    listener, buffer_bytes = listen(blocking=False)
    tornado = IOLoop.current()

    def wait_for_descriptors(loop, context):
        if not isinstance(context.get("exception"), OSError):  # not of accept()
            return loop.default_exception_handler(context)
        tornado.update_handler(listener, 0)
        tornado.call_later(0.05, tornado.update_handler, listener, IOLoop.READ)

    tornado.asyncio_loop.set_exception_handler(wait_for_descriptors)
    Echo(read_chunk_size=buffer_bytes).add_socket(listener)
    print_port(listener)
    await asyncio.Event().wait()


asyncio.run(main())
