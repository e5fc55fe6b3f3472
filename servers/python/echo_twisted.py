"""Twisted protocol on its epoll reactor."""

from listening import listen, print_port
from twisted.internet import reactor
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

listener, buffer_bytes = listen(blocking=False)


@implementer(IHalfCloseableProtocol)
class Echo(Protocol):
    def connectionMade(self):
        self.transport.bufferSize = buffer_bytes
        # Receiving pauses while what was written waits for the peer to read.
        self.transport.registerProducer(self.transport, streaming=True)

    def dataReceived(self, data):
        self.transport.write(data)

    def readConnectionLost(self):
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def writeConnectionLost(self):
        pass


print_port(listener)
reactor.adoptStreamPort(listener.fileno(), listener.family, Factory.forProtocol(Echo))
reactor.run()
