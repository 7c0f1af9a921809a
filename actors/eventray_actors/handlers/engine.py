"""One JavaScript context with its limits; the only module that knows the engine.

JSON text goes in and comes out. Scripts see no Python object and no callable, and nothing that they make is
looked at from here but text, because some engine calls that read objects run scripts' code without any
limit.
"""

from collections.abc import Callable
from dataclasses import dataclass

import quickjs

from eventray_core.handling.answers import Excess


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """`cpu_s` is processor time of this process for one call: keep no busy thread beside it."""

    memory_bytes: int = 32 * 1024 * 1024
    stack_bytes: int = 1024 * 1024
    cpu_s: float = 0.5


class EngineError(Exception):
    """A script ended without an answer; the context must not be used again."""

    def __init__(self, message: str, excess: Excess = Excess.NONE) -> None:
        super().__init__(message, excess)
        self.message = message
        self.excess = excess


Entry = Callable[..., str | None]
"""A function of the script; takes and returns text and numbers, raises `EngineError`."""


class EngineContext:
    """A context in which `script` has run. Belongs to the thread that made it."""

    def __init__(self, script: str, limits: EngineLimits) -> None:
        self._context = quickjs.Context()
        self._context.set_memory_limit(limits.memory_bytes)
        self._context.set_max_stack_size(limits.stack_bytes)
        self._context.set_time_limit(limits.cpu_s)
        _guarded(self._context.eval, script)

    def entry(self, name: str) -> Entry:
        """The global function of that name."""
        function = self._context.get(name)
        return lambda *arguments: _guarded(function, *arguments)


def _guarded(function: Callable[..., object], *arguments: object) -> str | None:
    try:
        result = function(*arguments)
    except quickjs.StackOverflow as error:
        raise EngineError(str(error), Excess.STACK) from None
    except quickjs.JSException as error:
        raise _engine_error(str(error)) from None
    # Another type of error is the engine's refusal to turn what a script returned into text.
    except (TypeError, ValueError, MemoryError) as error:
        raise EngineError(str(error)) from None
    return result if isinstance(result, str) else None


def _engine_error(text: str) -> EngineError:
    if "interrupted" in text:
        return EngineError("The handler used up its time.", Excess.TIME)
    if text.startswith("null") or "out of memory" in text:
        return EngineError("The handler used up its memory.", Excess.MEMORY)
    return EngineError(text)
