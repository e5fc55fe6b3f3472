"""Tasklets and channels as in Stackless Python, on greenlet and epoll: a tasklet a connection."""

import select
from collections import deque
from select import EPOLLIN, EPOLLOUT

from greenlet import getcurrent, greenlet

from listening import listen, print_port

scheduler = getcurrent()
runnable = deque()  # tasklets, each with what its switch is to return


def tasklet(function, *arguments):
    runnable.append((greenlet(lambda _: function(*arguments), scheduler), None))


class Channel:
    """Hands values from tasklet to tasklet: whoever comes first waits for the other."""

    def __init__(self):
        self.receivers, self.senders = deque(), deque()

    def receive(self):
        if not self.senders:
            self.receivers.append(getcurrent())
            return scheduler.switch()
        sender, value = self.senders.popleft()
        runnable.append((sender, None))
        return value

    def send(self, value):
        if self.receivers:
            runnable.append((self.receivers.popleft(), value))
        else:
            self.senders.append((getcurrent(), value))
            scheduler.switch()


class Socket:
    """Calls that would block wait in a channel, which the scheduler sends to when epoll says so."""

    epoll = select.epoll()
    channels = {}  # by descriptor
    closing = Channel()

    def __init__(self, socket):
        socket.setblocking(False)
        self.socket, self.events, self.ready = socket, EPOLLIN, Channel()
        self.channels[socket.fileno()] = self.ready
        self.epoll.register(socket, EPOLLIN)

    def wait(self, events):
        if events != self.events:
            self.events = events
            self.epoll.modify(self.socket, events)
        self.ready.receive()

    def accept(self):
        while True:
            self.wait(EPOLLIN)
            try:
                return Socket(self.socket.accept()[0])
            except BlockingIOError:
                pass
            except OSError:  # no descriptor is left: until a connection is closed
                self.epoll.modify(self.socket, 0)
                self.events = 0
                self.closing.receive()

    def recv(self, size):
        while True:
            self.wait(EPOLLIN)
            try:
                return self.socket.recv(size)
            except BlockingIOError:
                pass

    def sendall(self, data):
        while data:
            try:
                data = data[self.socket.send(data) :]
            except BlockingIOError:
                self.wait(EPOLLOUT)

    def close(self):
        del self.channels[self.socket.fileno()]
        self.socket.close()
        if self.closing.receivers:
            self.closing.send(None)


def echo(connection, buffer_bytes):
    try:
        while data := connection.recv(buffer_bytes):
            connection.sendall(data)
    except OSError:
        pass  # the peer is gone
    connection.close()


def accept(listener, buffer_bytes):
    while True:
        tasklet(echo, listener.accept(), buffer_bytes)


def main():
    listener, buffer_bytes = listen(blocking=False)
    tasklet(accept, Socket(listener), buffer_bytes)
    print_port(listener)
    while True:
        while runnable:
            ready, value = runnable.popleft()
            ready.switch(value)
        for descriptor, _ in Socket.epoll.poll():
            Socket.channels[descriptor].send(None)


main()
