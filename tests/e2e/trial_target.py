"""A target for trials: THREADS that call getppid now and then, the first bound to the last CPU.

With `births`, a thread more every 20 ms, each born of the main one. Prints a line once all are up.
"""
import os
import sys
import threading
import time

threads, births = int(sys.argv[1]), "births" in sys.argv


def work(bound):
    if bound:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    ready.release()
    while True:
        os.getppid()
        time.sleep(0.01)


ready = threading.Semaphore(0)
for i in range(threads):
    threading.Thread(target=work, args=(i == 0,), daemon=True).start()
for _ in range(threads):
    ready.acquire()
print("ready", flush=True)
while True:
    time.sleep(0.02)
    if births and threading.active_count() < 200:
        threading.Thread(target=work, args=(False,), daemon=True).start()
