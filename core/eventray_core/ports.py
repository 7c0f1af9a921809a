"""What parts ask of one another. The docstrings are the law; adapters and stand-ins obey them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from eventray_core.api import Api
from eventray_core.handling.invocation import Fetched

LinkAddress = str
"""Where a member listens for links: `host:port`, an IPv6 host in brackets."""

LocateDirectory = Callable[[], Awaitable[LinkAddress]]
"""Where the directory listens now.

Raises `DirectoryUnavailableError` while there is none; may be called as often as one likes.
"""


class DirectoryUnavailableError(Exception):
    """The directory cannot be located at the moment."""


@dataclass(frozen=True, slots=True)
class AdministratorKey:
    """The access key pair that the first start makes."""

    access_key_id: str
    secret_access_key: str


class DirectoryStore(Protocol):
    """What the directory must find again after its death. One owner at a time; calls do not overlap."""

    async def open(self) -> None:
        """Lock the data, bring the tables up to date, make the first API and keys if there are none.

        Raises `DataLockedError` when another directory owns the data. Idempotent.
        """

    async def close(self) -> None:
        """Give the data free."""

    async def next_term(self) -> int:
        """A number that no earlier call returned, growing; durable when this returns."""

    async def configuration(self) -> tuple[int, tuple[Api, ...]]:
        """The configuration's version and all APIs; the version grows with each change."""

    async def load_cluster(self) -> bytes | None:
        """The last saved cluster state, None if there is none."""

    async def save_cluster(self, state: bytes) -> None:
        """Keep the cluster state; durable when this returns."""

    async def administrator_key(self) -> AdministratorKey:
        """The administrator's key pair that `open` made."""


OpenStore = Callable[[], DirectoryStore]
"""Makes the store inside the directory's process; pickles between actors."""


class DataLockedError(Exception):
    """Another process owns the data directory."""


class DataSources(Protocol):
    """Whoever asks data sources for handlers."""

    async def fetch(self, api_id: str, name: str, request: str) -> Fetched:
        """Carry out a handler's request, a JSON text, at the API's data source of that name.

        Never raises for what a data source does: that is in the result, for the handler to judge. Whether a
        request that failed had an effect is unknown, so it is never tried again.
        """
