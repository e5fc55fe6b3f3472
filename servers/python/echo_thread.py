"""A thread a connection, blocking recv and sendall."""

import threading
import time

from listening import listen, print_port


def serve(connection, buffer_bytes):
    with connection:
        try:
            while data := connection.recv(buffer_bytes):
                connection.sendall(data)
        except OSError:
            pass  # the peer is gone


def main():
    listener, buffer_bytes = listen()
    threading.stack_size(256 * 1024)
    print_port(listener)
    while True:
        try:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, buffer_bytes), daemon=True).start()
        except (OSError, RuntimeError):  # no descriptor, or no thread, is left
            connection = None
            time.sleep(0.05)


main()
