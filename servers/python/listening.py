"""What every Python model does before its loop."""

import os
import resource
import signal
import socket
import sys


def listen(blocking=True):
    """The listening socket and the size of a read, from HOST PORT BUFFER_BYTES."""
    if len(sys.argv) != 4:
        sys.exit(f"usage: {sys.argv[0]} HOST PORT BUFFER_BYTES")
    host, port, buffer_bytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))

    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Linux gives it on to the sockets accepted from it.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen(4096)
    except OSError as error:
        sys.exit(f"{sys.argv[0]}: cannot listen on {host}:{port}: {error.strerror}")
    listener.setblocking(blocking)
    return listener, buffer_bytes


def print_port(listener):
    """The first line of stdout: the server answers from now on."""
    print(listener.getsockname()[1], flush=True)
