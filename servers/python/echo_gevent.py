"""gevent's StreamServer: a greenlet a connection, recv and sendall."""

from gevent import socket
from gevent.server import StreamServer

from listening import listen, print_port


def main():
    listener, buffer_bytes = listen(blocking=False)

    def serve(connection, _):
        try:
            while data := connection.recv(buffer_bytes):
                connection.sendall(data)
        except OSError:
            pass  # the peer is gone

    green = socket.socket(listener.family, listener.type, fileno=listener.detach())
    print_port(green)
    StreamServer(green, serve).serve_forever()


main()
