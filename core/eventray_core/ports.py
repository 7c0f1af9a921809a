"""What parts ask of one another. The docstrings are the law; adapters and stand-ins obey them."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from eventray_core.certificates import Certificates
from eventray_core.control.records import Change, Put
from eventray_core.handling.invocation import Fetched

LinkAddress = str
"""Where a member listens for links: `host:port`, an IPv6 host in brackets."""

LocateDirectory = Callable[[], Awaitable[LinkAddress]]
"""Where the directory listens now.

Raises `DirectoryUnavailableError` while there is none; may be called as often as one likes.
"""


class DirectoryUnavailableError(Exception):
    """The directory cannot be located at the moment."""


class DirectoryStore(Protocol):
    """What the directory must find again after its death. One owner at a time; calls may overlap.

    Every method but `close` raises `StoreUnavailableError` while the database cannot be reached or written,
    and `FencedError` when another directory has taken the data over; the first may pass, the second does not.
    """

    async def open(self) -> None:
        """Lock the data, bring the tables up to date, make the first records if there are none.

        Raises `DataLockedError` when another directory owns the data. Idempotent.
        """

    async def close(self) -> None:
        """Give the data free."""

    async def next_term(self) -> int:
        """A number that no earlier call returned, growing; durable when this returns."""

    async def records(self) -> tuple[int, list[Put]]:
        """The configuration's version and all that it consists of, by kind and key."""

    async def write(self, version: int, changes: Sequence[Change]) -> None:
        """Make all changes, and the configuration's version the given one; durable when this returns.

        The version must be the stored one plus one: raises `VersionConflictError` if it is not. With that
        error nothing was written. After `StoreUnavailableError`, or when the call was cancelled, all was
        written or nothing: read `records` again before the next write.
        """

    async def check(self) -> None:
        """Return if the data can be used and are still this directory's."""

    async def load_cluster(self) -> bytes | None:
        """The last saved cluster state, None if there is none."""

    async def save_cluster(self, state: bytes) -> None:
        """Keep the cluster state; durable when this returns."""


OpenStore = Callable[[], DirectoryStore]
"""Makes the store inside the directory's process; pickles between actors."""


class CertificateSource(Protocol):
    """Where the directory gets what its gateways show. Calls do not overlap."""

    async def current(self) -> Certificates:
        """What is to be shown now: made at the first call, renewed when it is time, read again from files.

        Equal to the last answer while nothing has changed. Raises an error with a sentence for people when
        the certificates cannot be used; an earlier answer stays good then.
        """


OpenCertificates = Callable[[], CertificateSource]
"""Makes the source inside the directory's process; pickles between actors."""


class DataLockedError(Exception):
    """Another process owns the data."""


class FencedError(DataLockedError):
    """Another directory owned the data in the meantime: this one must write nothing any more, and end."""


class StoreUnavailableError(Exception):
    """The database cannot be reached or written at the moment."""


class VersionConflictError(Exception):
    """The stored configuration is not the one that the change was made for."""


class DataSources(Protocol):
    """Whoever asks data sources for handlers."""

    async def fetch(self, api_id: str, name: str, request: str) -> Fetched:
        """Carry out a handler's request, a JSON text, at the API's data source of that name.

        Never raises for what a data source does: that is in the result, for the handler to judge. Whether a
        request that failed had an effect is unknown, so it is never tried again.
        """
