"""Generators as coroutines, on a trampoline (PEP 342) over epoll: a coroutine a connection."""

import select
from collections import deque
from select import EPOLLIN, EPOLLOUT

from listening import listen, print_port


class Trampoline:
    """Runs coroutines. One yields a coroutine, to be run to its end and be given what it returns,
    or a socket and the events to wait for; with none of them, until another is closed."""

    def __init__(self):
        self.epoll = select.epoll()
        self.watched = {}  # events by descriptor
        self.waiting = {}  # stacks of coroutines by descriptor
        self.starved = []  # descriptors that wait for one to be closed
        self.runnable = deque()

    def start(self, coroutine):
        self.runnable.append([coroutine])

    def run(self):
        while True:
            while self.runnable:
                self.bounce(self.runnable.popleft())
            for descriptor, _ in self.epoll.poll():
                self.bounce(self.waiting.pop(descriptor))

    def bounce(self, stack):
        """Goes on with the innermost coroutine of the stack until one of them waits."""
        resume, value = stack[-1].send, None
        while True:
            try:
                wanted = resume(value)
            except StopIteration as returned:
                stack.pop()
                if not stack:
                    return
                resume, value = stack[-1].send, returned.value
            except OSError as error:
                stack.pop()
                if not stack:
                    raise
                resume, value = stack[-1].throw, error
            else:
                if isinstance(wanted, tuple):
                    self.wait(stack, *wanted)
                    return
                stack.append(wanted)
                resume, value = wanted.send, None

    def wait(self, stack, socket, events):
        descriptor = socket.fileno()
        self.waiting[descriptor] = stack
        watched = self.watched.get(descriptor)
        if watched is None:
            self.epoll.register(descriptor, events)
        elif watched != events:
            self.epoll.modify(descriptor, events)
        self.watched[descriptor] = events
        if not events:
            self.starved.append(descriptor)

    def close(self, socket):
        self.watched.pop(socket.fileno(), None)
        socket.close()
        while self.starved:
            self.runnable.append(self.waiting.pop(self.starved.pop()))


def receive(connection, size):
    while True:
        yield connection, EPOLLIN
        try:
            return connection.recv(size)
        except BlockingIOError:
            pass


def send_all(connection, data):
    while data:
        try:
            data = data[connection.send(data) :]
        except BlockingIOError:
            yield connection, EPOLLOUT


def echo(trampoline, connection, buffer_bytes):
    try:
        while data := (yield receive(connection, buffer_bytes)):
            yield send_all(connection, data)
    except OSError:
        pass  # the peer is gone
    trampoline.close(connection)


def accept(trampoline, listener, buffer_bytes):
    while True:
        yield listener, EPOLLIN
        try:
            connection, _ = listener.accept()
        except BlockingIOError:
            continue
        except OSError:  # no descriptor is left
            yield listener, 0
            continue
        connection.setblocking(False)
        trampoline.start(echo(trampoline, connection, buffer_bytes))


def main():
    listener, buffer_bytes = listen(blocking=False)
    trampoline = Trampoline()
    trampoline.start(accept(trampoline, listener, buffer_bytes))
    print_port(listener)
    trampoline.run()


main()
