"""Sleeps at known places, each reached in another way, and tells which: prints "ready", waits for a
line, sleeps, prints a JSON list of stacks, each a list of [function, line], the innermost first."""

import json
import sys
import threading
import time

told = {}


def pause():
    """Called on the line that sleeps: the stack is the caller's."""
    frame = sys._getframe(1)
    stack = []
    while frame is not None:
        stack.append((frame.f_code.co_qualname, frame.f_lineno))
        frame = frame.f_back
    told[tuple(stack)] = True
    return 0.003


def plain():
    time.sleep(pause())


def after_much():
    total = 0
    for i in range(300):
        total += i * i if i % 3 else \
            -i

    assert total

    # Lines far apart: the table of lines has long steps, forward and back.






























    time.sleep(pause())
    return total


class Class:
    @staticmethod
    def method(depth):
        if depth == 0:
            return [time.sleep(pause()) for _ in range(2)]
        return Class.method(depth - 1)

    def __enter__(self):
        time.sleep(pause())
        return self

    def __exit__(self, *_):
        time.sleep(pause())


def generator():
    for _ in range(2):
        yield time.sleep(pause())


def caught():
    try:
        raise ValueError
    except ValueError:
        time.sleep(pause())
    finally:
        time.sleep(pause())


def имя():
    time.sleep(pause())


ways = [
    plain,
    after_much,
    lambda: time.sleep(pause()),
    lambda: Class.method(2),
    lambda: list(generator()),
    caught,
    имя,
    lambda: sorted([2, 1], key=lambda _: time.sleep(pause()) or 0),
]


def work():
    for _ in range(12):
        for way in ways:
            way()
        with Class():
            pass


print("ready", flush=True)
sys.stdin.readline()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
work()
for thread in threads:
    thread.join()
print(json.dumps([list(stack) for stack in told]), flush=True)
sys.stdin.readline()
