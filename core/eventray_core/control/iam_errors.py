"""The errors of users, access keys and policies: names and statuses are those of AWS's IAM.

ControlError
├── NoSuchEntityError             404 NoSuchEntityException
├── EntityAlreadyExistsError      409 EntityAlreadyExistsException
├── IamLimitExceededError         409 LimitExceededException
├── DeleteConflictError           409 DeleteConflictException
│   └── LastAdministratorError    nobody would be left who may manage users
└── MalformedPolicyDocumentError  400 MalformedPolicyDocumentException
"""

from eventray_core.control.errors import ControlError


class NoSuchEntityError(ControlError):
    """What the call names is not there."""

    error_type = "NoSuchEntityException"
    status = 404


class EntityAlreadyExistsError(ControlError):
    """The name is taken."""

    error_type = "EntityAlreadyExistsException"
    status = 409


class IamLimitExceededError(ControlError):
    """There are as many as there may be. Unlike AppSync's error of that name it is not worth a retry."""

    error_type = "LimitExceededException"
    status = 409


class DeleteConflictError(ControlError):
    """Something still belongs to what is to be deleted."""

    error_type = "DeleteConflictException"
    status = 409


class LastAdministratorError(DeleteConflictError):
    """Nobody would be left who may manage users."""

    def __init__(self) -> None:
        super().__init__(
            "Nobody would be left who may manage users. Repeat the call with force=true if that is wanted; "
            "'eventray serve --dev' is then the way back in."
        )

    def __reduce__(self) -> tuple[type["LastAdministratorError"], tuple[()]]:
        """Pickled without the sentence, which is always the same."""
        return type(self), ()


class MalformedPolicyDocumentError(ControlError):
    """A document that is no identity policy, or one that cannot be evaluated."""

    error_type = "MalformedPolicyDocumentException"
    status = 400
