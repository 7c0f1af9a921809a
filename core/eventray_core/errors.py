"""What callers can cause or must handle.

    EventRayError
    ├── BadRequestError            the request cannot be understood or breaks a rule
    │   ├── InvalidChannelError    not a channel path, or a pattern where a path is needed
    │   ├── InvalidEventsError     not 1 to 5 strings that each hold one JSON text
    │   └── RequestTooLargeError   more bytes than the quota
    ├── UnauthorizedError          no credentials, wrong ones, or not enough
    │   └── HandlerUnauthorizedError   a handler said so
    ├── HandlerRejectedError       a handler refused the request with an error of its own
    ├── HandlerExecutionError      a handler failed, or its answer makes no sense
    ├── LimitExceededError         a count or a rate is used up
    └── ServiceUnavailableError    cannot be confirmed now; may be tried again

Each class carries its wire name; the status of an HTTP answer is the gateway's business.
Constructor arguments are the exception's `args`, so every error pickles between actors.
"""


class EventRayError(Exception):
    """The base of all errors that a caller can cause or must handle."""

    error_type = "InternalFailureException"

    @property
    def message(self) -> str | None:
        """The sentence for the wire, or None where AWS sends none."""
        return str(self.args[0]) if self.args else None


class BadRequestError(EventRayError):
    """The request cannot be understood, or breaks a rule."""

    error_type = "BadRequestException"


class InvalidChannelError(BadRequestError):
    """A text that is not a channel path (data-plane specification, section 6)."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    @property
    def message(self) -> str:
        """AWS's wording, which does not repeat the text."""
        return "Invalid Channel Format"


class InvalidEventsError(BadRequestError):
    """`events` is not a list of 1 to 5 strings that each hold one JSON text."""


class RequestTooLargeError(BadRequestError):
    """A request of more bytes than the quota allows."""


class UnauthorizedError(EventRayError):
    """No credentials, wrong ones, or not enough of them.

    Without a message where AWS sends none: an unknown namespace looks like a forbidden one.
    """

    error_type = "UnauthorizedException"


class HandlerUnauthorizedError(UnauthorizedError):
    """A handler called `util.unauthorized()`.

    Its type in a `subscribe_error` has another name (handlers specification, section 2.2).
    """

    subscribe_error_type = "Unauthorized"

    def __init__(self, message: str = "You are not authorized to make this call.") -> None:
        super().__init__(message)


class HandlerRejectedError(EventRayError):
    """A handler called `util.error`. What AWS names the type when the handler gave none is unverified."""

    def __init__(self, message: str, given_type: str | None = None) -> None:
        super().__init__(message, given_type)
        self.given_type = given_type

    @property
    def error_type(self) -> str:  # type: ignore[override]  # here it belongs to the error, not to its class
        """The type that the handler gave."""
        return self.given_type or "HandlerError"


class HandlerExecutionError(EventRayError):
    """A handler failed, ran into a limit, or answered what makes no sense; why is told to the log alone."""

    error_type = "HandlerExecutionError"

    def __init__(self, message: str = "Unable to process request") -> None:
        super().__init__(message)


class LimitExceededError(EventRayError):
    """A count or a rate is used up."""

    error_type = "LimitExceededError"


class ServiceUnavailableError(EventRayError):
    """The outcome cannot be confirmed; the caller may try again.

    Some subscribers may have the events already, each at most once.
    """

    error_type = "ServiceUnavailableException"

    def __init__(self, message: str = "The request could not be confirmed and may be retried.") -> None:
        super().__init__(message)
