"""A handler's refusal on its way from a shard to the caller's gateway."""

import enum

import msgspec

from eventray_core.errors import (
    EventRayError,
    HandlerExecutionError,
    HandlerRejectedError,
    HandlerUnauthorizedError,
)


class RefusalKind(enum.IntEnum):
    """Which error it is."""

    EXECUTION = 0
    REJECTED = 1
    UNAUTHORIZED = 2


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """An error that a handler made; `given_type` is the type that it gave to its own."""

    kind: RefusalKind
    message: str
    given_type: str | None = None


def refusal_of(error: EventRayError) -> Refusal:
    """The refusal that says the same as one of the handlers' errors; any other is an execution error."""
    if isinstance(error, HandlerRejectedError):
        return Refusal(RefusalKind.REJECTED, error.message or "", error.given_type)
    if isinstance(error, HandlerUnauthorizedError):
        return Refusal(RefusalKind.UNAUTHORIZED, error.message or "")
    return Refusal(RefusalKind.EXECUTION, HandlerExecutionError().message or "")


def error_of(refusal: Refusal) -> EventRayError:
    """The error that a refusal stands for."""
    match refusal.kind:
        case RefusalKind.REJECTED:
            return HandlerRejectedError(refusal.message, refusal.given_type)
        case RefusalKind.UNAUTHORIZED:
            return HandlerUnauthorizedError(refusal.message)
        case RefusalKind.EXECUTION:
            return HandlerExecutionError(refusal.message)
