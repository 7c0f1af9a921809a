"""What a publish answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """One event that the server accepted."""

    index: int
    """Its place among the values of the publish, from 0."""
    identifier: str
    """The id that the server gave it."""


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """One event that the server, or a handler, did not accept; the others of the publish are not affected."""

    index: int
    identifier: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class PublishResult:
    """What became of each event of one publish. An event that a handler filtered out is in neither."""

    successful: tuple[PublishedEvent, ...]
    failed: tuple[FailedEvent, ...]

    @property
    def ok(self) -> bool:
        """Whether no event failed."""
        return not self.failed
