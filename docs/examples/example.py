"""example CALLS: what CALLS calls of getppid cost this process, in Python."""

import os
import sys

import msgstat

requests = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
with msgstat.window(events=["task-clock", "page-faults"]) as w:
    for _ in range(requests):
        os.getppid()
for name, ratio in sorted(w.per(requests).items(), key=lambda item: -item[1]):
    print(f"{name:12} {ratio:.3f} a request")
print(f"getppid: {w.syscalls['getppid'].calls} calls")
