"""echo_client.py PORT CONNECTIONS: a client of an echo server that shares nothing with ours: one
message of 64 bytes in flight on each connection, until it is killed. Prints a line once all are up.
"""
import selectors
import socket
import sys

port, count = int(sys.argv[1]), int(sys.argv[2])
message = b"x" * 64
waiting = selectors.DefaultSelector()
for _ in range(count):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting.register(connection, selectors.EVENT_READ, [0])
    connection.sendall(message)
print("ready", flush=True)
while True:
    for key, _ in waiting.select():
        received = key.data
        received[0] += len(key.fileobj.recv(4096))
        if received[0] >= len(message):
            received[0] -= len(message)
            key.fileobj.sendall(message)
