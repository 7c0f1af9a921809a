"""The process that holds handlers' contexts: `python -m eventray_actors.handlers.worker`, talked to over
descriptor 0.

It does one thing at a time on one thread. Its pool may kill it at any moment; a timer of the kernel ends it
when a call hangs where no limit reaches and nobody is left to do so. It can write to no file, and gets
nothing of its parent's environment or descriptors.
"""

import os
import resource
import signal
import socket
import sys
from collections.abc import Iterator

import msgspec

from eventray_actors.handlers.engine import EngineError, EngineLimits
from eventray_actors.handlers.messages import (
    HEADER,
    Answered,
    Exceeded,
    Missing,
    Prepare,
    Reply,
    Request,
    Run,
    decode_request,
    encode,
)
from eventray_actors.handlers.programs import Program, prepare
from eventray_core.handling.answers import Excess

ADDRESS_SPACE = 1024 * 1024 * 1024
"""Bytes beyond what the process has when it starts: many contexts, each of which has a limit of its own."""

WORN = 96 * 1024 * 1024
"""Bytes of growth after a call that went wrong, from which on the process asks to be replaced."""

PREPARE_S = 15.0
"""How long the judging of one code may take before the kernel ends the process."""


class WorkerSettings(msgspec.Struct, frozen=True):
    """What a pool wants of its workers; `wall_s` is how long one call may take, whatever it does."""

    cpu_s: float = 0.5
    wall_s: float = 1.9
    memory_bytes: int = 32 * 1024 * 1024


class Worker:
    """Answers requests one after another."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._limits = EngineLimits(settings.memory_bytes, cpu_s=settings.cpu_s)
        self._wall_s = settings.wall_s
        self._scripts: dict[str, str] = {}
        self._programs: dict[str, Program] = {}
        self._at_start = _resident_bytes()

    def answer(self, request: Request) -> Reply:
        """Do what is asked; nothing that a script does raises here."""
        match request:
            case Prepare(code, strict):
                signal.setitimer(signal.ITIMER_REAL, PREPARE_S)
                return prepare(code, strict, self._limits)
            case Run():
                signal.setitimer(signal.ITIMER_REAL, self._wall_s)
                return self._run(request)

    def _run(self, run: Run) -> Reply:
        for name in run.forget:
            self._scripts.pop(name, None)
            self._programs.pop(name, None)
        if run.script is not None:
            self._scripts[run.program] = run.script
        try:
            program = self._program(run.program)
            if program is None:
                return Missing()
            text = program.run(run)
        except EngineError as error:
            return self._exceeded(run.program, error.excess, error.message)
        if (excess := _caught_excess(text)) is not None:
            return self._exceeded(run.program, excess, "The handler ran into a limit.")
        return Answered(text.encode())

    def _program(self, name: str) -> Program | None:
        program = self._programs.get(name)
        if program is None and (script := self._scripts.get(name)) is not None:
            program = self._programs[name] = Program(script, self._limits)
        return program

    def _exceeded(self, name: str, excess: Excess, message: str) -> Reply:
        """The state of a context in which a limit was reached is not to be trusted: the next call gets a
        new one.
        """
        self._programs.pop(name, None)
        worn = _resident_bytes() - self._at_start > WORN
        return Exceeded(excess, message, worn)


class _CaughtFault(msgspec.Struct):
    type: str
    message: str


class _CaughtAnswer(msgspec.Struct):
    fault: _CaughtFault | None = None


def _caught_excess(text: str) -> Excess | None:
    """Whether a limit was noticed inside the context, where a handler or `call.js` caught it."""
    if '"fault"' not in text:
        return None
    fault = msgspec.json.decode(text, type=_CaughtAnswer).fault
    if fault is None:
        return None
    if fault.type == "InternalError" and "memory" in fault.message:
        return Excess.MEMORY
    return Excess.STACK if "call stack size" in fault.message or "stack overflow" in fault.message else None


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()
    except OSError:  # not Linux: the largest size so far serves, in kilobytes or (macOS) bytes
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _address_space() -> int:
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def confine() -> None:
    """Take from this process what no handler needs, for good."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's; the pool decides when workers end
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if used := _address_space():
        resource.setrlimit(resource.RLIMIT_AS, (used + ADDRESS_SPACE, used + ADDRESS_SPACE))


def requests(connection: socket.socket) -> Iterator[Request]:
    """What comes in, until the pool closes its end."""
    with connection.makefile("rb") as stream:
        while len(header := stream.read(HEADER.size)) == HEADER.size:
            (length,) = HEADER.unpack(header)
            yield decode_request(stream.read(length))


def main() -> None:
    """Serve the pool at the other end of descriptor 0 until it is gone."""
    settings = msgspec.json.decode(sys.argv[1], type=WorkerSettings)
    connection = socket.socket(fileno=os.dup(0))
    confine()
    worker = Worker(settings)
    for request in requests(connection):
        reply = worker.answer(request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.sendall(encode(reply))


if __name__ == "__main__":
    main()
