"""By the Python interface: the work of windowed.h."""

import ctypes
import os
import socket
import sys

import msgstat

# As windowed.h has them: Python's own sleep is another call.
NANOSLEEP = {"x86_64": 35, "aarch64": 101}[os.uname().machine]


class Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("ns", ctypes.c_long)]


def wait_for_word(said):
    print(said, flush=True)
    sys.stdin.readline()


libc = ctypes.CDLL(None)
pause = Timespec(0, 20_000_000)
near, far = socket.socketpair()
window = msgstat.window(
    events=["task-clock"], units=["sock:recv", "syscall:getppid"], level="latency"
)
wait_for_word("ready")
with window as w:
    for _ in range(10007):
        os.getppid()
    for _ in range(211):
        try:
            os.chdir("/nonexistent")
        except OSError:
            pass
    for _ in range(101):
        near.send(b"x")
        far.recv(1)
    for _ in range(3):
        libc.syscall(NANOSLEEP, ctypes.byref(pause), None)
calls = w.syscalls
wait_for_word(
    f"{calls['getppid'].calls} {calls['chdir'].calls} {calls['chdir'].errors_by_name['ENOENT']} "
    f"{w.units['sock:recv'].count} {w.units['syscall:getppid'].count} "
    f"{calls['getppid'].time.calls} {calls['nanosleep'].time.total_ns}"
)
