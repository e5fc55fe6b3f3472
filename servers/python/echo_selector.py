"""One thread, the selectors module (epoll): one recv and one send for each connection ready."""

import selectors
from selectors import EVENT_READ, EVENT_WRITE

from listening import listen, print_port


class Server:
    def __init__(self):
        self.listener, self.buffer_bytes = listen(blocking=False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, EVENT_READ, self.accept)
        self.accepting = True

    def run(self):
        print_port(self.listener)
        while True:
            for key, _ in self.selector.select():
                key.data(key.fileobj)

    def accept(self, listener):
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            return
        except OSError:  # no descriptor is left: until a connection is closed
            self.selector.unregister(listener)
            self.accepting = False
            return
        connection.setblocking(False)
        self.selector.register(connection, EVENT_READ, self.serve)

    def serve(self, connection):
        try:
            data = connection.recv(self.buffer_bytes)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close(connection)
            return
        rest = self.send(connection, data)
        if rest:  # receives nothing until the peer has read it
            self.selector.modify(connection, EVENT_WRITE, lambda it: self.send_rest(it, rest))

    def send_rest(self, connection, rest):
        rest = self.send(connection, rest)
        if rest is None:
            return
        if rest:
            self.selector.modify(connection, EVENT_WRITE, lambda it: self.send_rest(it, rest))
        else:
            self.selector.modify(connection, EVENT_READ, self.serve)

    def send(self, connection, data):
        """What could not be sent; None when the peer is gone."""
        try:
            return data[connection.send(data) :]
        except BlockingIOError:
            return data
        except OSError:
            self.close(connection)
            return None

    def close(self, connection):
        self.selector.unregister(connection)
        connection.close()
        if not self.accepting:
            self.selector.register(self.listener, EVENT_READ, self.accept)
            self.accepting = True


Server().run()
