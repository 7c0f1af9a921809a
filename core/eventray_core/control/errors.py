"""The errors of the management API (control-plane specification, section 1.1).

    ControlError
    ├── InvalidRequestError              400 BadRequestException; with `reason` and `detail` for faulty code
    ├── ApiKeyLimitExceededError         400 ApiKeyLimitExceededException
    ├── ApiKeyValidityOutOfBoundsError   400 ApiKeyValidityOutOfBoundsException
    ├── UnauthorizedCallError            401 UnauthorizedException
    ├── ServiceQuotaExceededError        402 ServiceQuotaExceededException
    ├── AccessDeniedError                403 AccessDeniedException
    ├── NotFoundError                    404 NotFoundException
    ├── UnknownOperationError            404 UnknownOperationException
    ├── ConcurrentModificationError      409 ConcurrentModificationException
    ├── ConflictError                    409 ConflictException
    └── ControlUnavailableError          503 ServiceUnavailableException

Clients try 429 and 5xx again, so what cannot succeed later never has one of those.
"""

from typing import Any

import msgspec

from eventray_core.control.calls import Answer
from eventray_core.errors import EventRayError


class ControlError(EventRayError):
    """A management call that is answered with an error."""

    status = 500

    def members(self) -> dict[str, Any]:
        """Further members of the answer's body."""
        return {}

    def answer(self) -> Answer:
        """The error as the caller gets it; the type is in the body too, for browsers that see no header."""
        body = {"message": self.message or "", "__type": self.error_type, **self.members()}
        return Answer(status=self.status, body=msgspec.json.encode(body), error_type=self.error_type)


class InvalidRequestError(ControlError):
    """A malformed or missing value, or one that breaks a rule."""

    error_type = "BadRequestException"
    status = 400

    def __init__(self, message: str, reason: str | None = None, detail: dict[str, Any] | None = None) -> None:
        super().__init__(message, reason, detail)
        self.reason = reason
        self.detail = detail

    def members(self) -> dict[str, Any]:
        """`reason` and `detail`, where there are any."""
        pairs = {"reason": self.reason, "detail": self.detail}
        return {name: value for name, value in pairs.items() if value is not None}


class ApiKeyLimitExceededError(ControlError):
    """An API has as many keys as it may have."""

    error_type = "ApiKeyLimitExceededException"
    status = 400


class ApiKeyValidityOutOfBoundsError(ControlError):
    """A key would be good for less than a day or more than 365."""

    error_type = "ApiKeyValidityOutOfBoundsException"
    status = 400


class UnauthorizedCallError(ControlError):
    """The caller is not known."""

    error_type = "UnauthorizedException"
    status = 401


class ServiceQuotaExceededError(ControlError):
    """There are as many APIs or namespaces as there may be."""

    error_type = "ServiceQuotaExceededException"
    status = 402


class AccessDeniedError(ControlError):
    """The caller is known and not allowed."""

    error_type = "AccessDeniedException"
    status = 403


class NotFoundError(ControlError):
    """What the call names is not there."""

    error_type = "NotFoundException"
    status = 404


class UnknownOperationError(ControlError):
    """No operation has that method and path."""

    error_type = "UnknownOperationException"
    status = 404


class ConcurrentModificationError(ControlError):
    """Somebody else changed it in the meantime."""

    error_type = "ConcurrentModificationException"
    status = 409


class ConflictError(ControlError):
    """The name is taken."""

    error_type = "ConflictException"
    status = 409


class ControlUnavailableError(ControlError):
    """The call cannot be served now and may be repeated."""

    error_type = "ServiceUnavailableException"
    status = 503
