"""What a piece of work cost, in perf events and system calls, per unit.

    import msgstat

    with msgstat.window() as w:
        for request in requests:
            serve(request)
    print(w.per(len(requests)))        # {'recvfrom': 1.0, 'sendto': 1.0, 'task-clock': 8123.4, ...}

    with msgstat.window(units=["sock:recv"], level="latency") as w:
        serve_forever()
    print(w.per("sock:recv"), w.syscalls["recvfrom"].time.p99_ns)

A window measures this process, all its threads, and children that start in it; window(pid=1234)
measures another. It is open from `with` to the end of its block. What the module itself does at
either end is not counted. It calls libmsgstat.so through ctypes: see msgstat.h.
"""

import ctypes
import errno
import os
import pathlib

__all__ = ["Error", "Event", "Syscall", "Time", "Units", "Window", "window"]


class Error(Exception):
    """What failed, in one line."""


class _Event(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("state", ctypes.c_int),
        ("value", ctypes.c_double),
        ("unit", ctypes.c_char_p),
        ("running", ctypes.c_double),
        ("reason", ctypes.c_char_p),
    ]


class _Syscall(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("calls", ctypes.c_uint64),
        ("errors", ctypes.c_uint64),
        ("error_kinds", ctypes.c_size_t),
    ]


class _Options(ctypes.Structure):
    _fields_ = [
        ("pid", ctypes.c_int),
        ("events", ctypes.c_char_p),
        ("units", ctypes.POINTER(ctypes.c_char_p)),
        ("level", ctypes.c_int),
    ]


class _Units(ctypes.Structure):
    _fields_ = [
        ("expression", ctypes.c_char_p),
        ("is_counted", ctypes.c_int),
        ("count", ctypes.c_uint64),
        ("source", ctypes.c_char_p),
        ("reason", ctypes.c_char_p),
    ]


class Time(ctypes.Structure):
    """Time in a system call, of the `calls` that were timed; percentiles within 1.6 %."""

    _fields_ = [
        ("calls", ctypes.c_uint64),
        ("total_ns", ctypes.c_uint64),
        ("p50_ns", ctypes.c_double),
        ("p90_ns", ctypes.c_double),
        ("p99_ns", ctypes.c_double),
        ("p99_9_ns", ctypes.c_double),
        ("max_ns", ctypes.c_uint64),
    ]


_LEVELS = ("counts", "latency")

_STATES = ("counted", "scaled", "not_counted", "not_supported", "not_permitted")

_PROTOTYPES = {
    "error": (ctypes.c_char_p,),
    "new_with": (ctypes.c_void_p, ctypes.POINTER(_Options)),
    "free": (None, ctypes.c_void_p),
    "open": (ctypes.c_int, ctypes.c_void_p),
    "lap": (ctypes.c_void_p, ctypes.c_void_p),
    "close": (ctypes.c_void_p, ctypes.c_void_p),
    "window_free": (None, ctypes.c_void_p),
    "seconds": (ctypes.c_double, ctypes.c_void_p),
    "user_seconds": (ctypes.c_double, ctypes.c_void_p),
    "system_seconds": (ctypes.c_double, ctypes.c_void_p),
    "event_count": (ctypes.c_size_t, ctypes.c_void_p),
    "event_at": (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(_Event)),
    "syscalls_reason": (ctypes.c_char_p, ctypes.c_void_p),
    "syscall_count": (ctypes.c_size_t, ctypes.c_void_p),
    "syscall_at": (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(_Syscall)),
    "syscall_error": (
        ctypes.c_int,
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_size_t,
        ctypes.POINTER(ctypes.c_int),
        ctypes.POINTER(ctypes.c_uint64),
    ),
    "syscall_time": (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(Time)),
    "unit_count": (ctypes.c_size_t, ctypes.c_void_p),
    "unit_at": (ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.POINTER(_Units)),
    "blind_spot_count": (ctypes.c_size_t, ctypes.c_void_p),
    "blind_spot_at": (ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t),
}


def _find_library():
    """$MSGSTAT_LIBRARY, or beside this module's installation, or where the linker looks."""
    named = os.environ.get("MSGSTAT_LIBRARY")
    if named:
        return named
    lib = pathlib.Path(__file__).resolve().parent.parent.parent
    for pattern in ("libmsgstat.so.0", "*/libmsgstat.so.0"):
        for found in sorted(lib.glob(pattern)):
            return str(found)
    return "libmsgstat.so.0"


class _Library:
    def __init__(self):
        library = ctypes.CDLL(_find_library())
        for name, (result, *arguments) in _PROTOTYPES.items():
            function = getattr(library, "msgstat_" + name)
            function.restype = result
            function.argtypes = arguments
            setattr(self, name, function)

    def fail(self):
        raise Error(self.error().decode(errors="replace"))


_lib = _Library()


class Event:
    """A perf event. `value` is None where `state` is not "counted" or "scaled"; `reason` says why."""

    def __init__(self, raw):
        self.name = raw.name.decode()
        self.state = _STATES[raw.state]
        self.value = raw.value if self.state in ("counted", "scaled") else None
        self.unit = raw.unit.decode()
        self.running = raw.running
        self.reason = raw.reason.decode()

    def __repr__(self):
        return f"<Event {self.name} {self.state} {self.value}>"


class Units:
    """Units of one expression. `count` is None where they could not be counted; `reason` says why."""

    def __init__(self, raw):
        self.expression = raw.expression.decode()
        self.count = raw.count if raw.is_counted else None
        self.source = raw.source.decode()
        self.reason = raw.reason.decode()

    def __repr__(self):
        return f"<Units {self.expression} {self.count}>"


class Syscall:
    """A system call: how often, how often in error, and by which errno's name.

    `time` is a Time at level "latency", else None.
    """

    def __init__(self, raw, errors, time):
        self.name = raw.name.decode()
        self.calls = raw.calls
        self.errors = raw.errors
        self.errors_by_name = errors
        self.time = time

    def __repr__(self):
        return f"<Syscall {self.name} {self.calls}>"


class Window:
    """What was counted, once it is closed.

    seconds, user_s, system_s   times
    events                      Event by name
    syscalls                    Syscall by name; None when they could not be counted, and
    syscalls_reason             says why
    units                       Units by expression, those that were asked for
    blind_spots                 sentences: what the counts cannot see
    """

    def __init__(self, pid=None, events=None, units=None, level="counts"):
        self._collector = None
        if level not in _LEVELS:
            raise ValueError(f"level is one of {', '.join(_LEVELS)}, not {level!r}")
        expressions = [unit.encode() for unit in units or ()] + [None]
        options = _Options(
            pid=0 if pid is None else pid,
            events=",".join(events).encode() if events else None,
            units=(ctypes.c_char_p * len(expressions))(*expressions),
            level=_LEVELS.index(level),
        )
        self._collector = _lib.new_with(options)
        if not self._collector:
            _lib.fail()

    def __enter__(self):
        if _lib.open(self._collector) != 0:
            _lib.fail()
        return self

    def __exit__(self, *exception):
        closed = _lib.close(self._collector)
        if not closed:
            _lib.fail()
        try:
            self._read(closed)
        finally:
            _lib.window_free(closed)
        return False

    def __del__(self):
        if self._collector:
            _lib.free(self._collector)

    def _read(self, closed):
        self.seconds = _lib.seconds(closed)
        self.user_s = _lib.user_seconds(closed)
        self.system_s = _lib.system_seconds(closed)
        self.events = {}
        for index in range(_lib.event_count(closed)):
            raw = _Event()
            _lib.event_at(closed, index, raw)
            self.events[raw.name.decode()] = Event(raw)
        reason = _lib.syscalls_reason(closed)
        self.syscalls_reason = reason.decode() if reason is not None else ""
        self.syscalls = None if reason is not None else self._read_syscalls(closed)
        self.units = {}
        for index in range(_lib.unit_count(closed)):
            raw = _Units()
            _lib.unit_at(closed, index, raw)
            self.units[raw.expression.decode()] = Units(raw)
        self.blind_spots = [
            _lib.blind_spot_at(closed, index).decode()
            for index in range(_lib.blind_spot_count(closed))
        ]

    @staticmethod
    def _read_syscalls(closed):
        syscalls = {}
        for index in range(_lib.syscall_count(closed)):
            raw = _Syscall()
            _lib.syscall_at(closed, index, raw)
            errors = {}
            for kind in range(raw.error_kinds):
                number = ctypes.c_int()
                calls = ctypes.c_uint64()
                _lib.syscall_error(closed, index, kind, number, calls)
                errors[errno.errorcode.get(number.value, str(number.value))] = calls.value
            time = Time()
            timed = _lib.syscall_time(closed, index, time) == 0
            syscalls[raw.name.decode()] = Syscall(raw, errors, time if timed else None)
        return syscalls

    def per(self, units):
        """Each system call and each counted event, divided by `units`: a dictionary.

        `units` is a number, or an expression that the window was asked to count.
        """
        if isinstance(units, str):
            if self.units[units].count is None:
                raise Error(self.units[units].reason)
            units = self.units[units].count
        if units <= 0:
            raise ValueError("there are no units to divide by")
        if self.syscalls is None:
            raise Error(self.syscalls_reason)
        ratios = {name: call.calls / units for name, call in self.syscalls.items()}
        for name, event in self.events.items():
            if event.value is not None:
                ratios[name] = event.value / units
        return ratios


def window(pid=None, events=None, units=None, level="counts"):
    """A window on this process, or on process `pid`.

    `events` are names as perf has them, `units` expressions (msgstat list units), `level` "counts"
    or "latency", which times each system call.
    """
    return Window(pid, events, units, level)
