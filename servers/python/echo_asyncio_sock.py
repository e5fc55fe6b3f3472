"""asyncio on bare sockets: loop.sock_recv and loop.sock_sendall, a task a connection."""

import asyncio

from listening import listen, print_port


async def serve(loop, connection, buffer_bytes):
    with connection:
        try:
            while data := await loop.sock_recv(connection, buffer_bytes):
                await loop.sock_sendall(connection, data)
        except OSError:
            pass  # the peer is gone


async def main():
    listener, buffer_bytes = listen(blocking=False)
    loop = asyncio.get_running_loop()
    tasks = set()  # the loop itself refers to them only weakly
    print_port(listener)
    while True:
        try:
            connection, _ = await loop.sock_accept(listener)
        except OSError:  # no descriptor is left
            await asyncio.sleep(0.05)
            continue
        task = asyncio.create_task(serve(loop, connection, buffer_bytes))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main())
