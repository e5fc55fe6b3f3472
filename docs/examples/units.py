"""units MESSAGES: what a message costs that is sent and received, and the time in each call."""

import socket
import sys

import msgstat

messages = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
near, far = socket.socketpair()
with msgstat.window(units=["sock:recv", "syscall:sendto"], level="latency") as w:
    for _ in range(messages):
        near.send(b"x")
        far.recv(1)
for units in w.units.values():
    if units.count is None:
        print(f"{units.expression}: not counted: {units.reason}")
    else:
        print(f"{units.expression}: {units.count}, by {units.source}")
ratios = w.per("sock:recv")
for name, call in w.syscalls.items():
    if call.time:
        print(
            f"{name} {ratios[name]:.3f} a message, "
            f"p50 {call.time.p50_ns:.0f} ns, p99 {call.time.p99_ns:.0f} ns"
        )
