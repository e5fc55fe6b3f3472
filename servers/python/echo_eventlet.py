"""eventlet: a green thread a connection, recv and sendall."""

import eventlet
from eventlet.green import socket

from listening import listen, print_port


def serve(connection, buffer_bytes):
    with connection:
        try:
            while data := connection.recv(buffer_bytes):
                connection.sendall(data)
        except OSError:
            pass  # the peer is gone


def main():
    listener, buffer_bytes = listen(blocking=False)
    green = socket.socket(listener.family, listener.type, fileno=listener.detach())
    print_port(green)
    while True:
        try:
            connection, _ = green.accept()
        except OSError:  # no descriptor is left
            eventlet.sleep(0.05)
            continue
        eventlet.spawn_n(serve, connection, buffer_bytes)
        connection = None


main()
