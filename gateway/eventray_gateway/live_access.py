"""What a narrower configuration, or a key's expiry, does to the connections that are open."""

import asyncio
from collections.abc import Callable, Collection
from typing import Protocol

from eventray_actors.tasks import Tasks
from eventray_core.catalog import Catalog

PER_TURN = 500
"""After so many connections the loop serves others: there may be tens of thousands."""


class Reviewed(Protocol):
    """A connection."""

    @property
    def api_id(self) -> str:
        """Its API."""

    def review(self, now: float) -> None:
        """End what could not be asked for any more; `now` is seconds since 1970."""


class LiveAccess:
    """Has connections looked at again when something that they rest on may be gone.

    Whatever is live is what its credentials could ask for now. `clock` is seconds since 1970.
    """

    def __init__(
        self,
        handlers: Collection[Reviewed],
        catalog: Catalog,
        clock: Callable[[], float],
        tasks: Tasks,
    ) -> None:
        self._handlers = handlers
        self._catalog = catalog
        self._clock = clock
        self._tasks = tasks
        self._looked = clock()

    def narrowed(self, api_ids: Collection[str]) -> None:
        """Those APIs do not allow all that they allowed, or are gone."""
        self._tasks.start(self._review(api_ids), "review connections")

    def look_for_expired_keys(self) -> None:
        """Call once a second or so."""
        before, self._looked = self._looked, self._clock()
        expired = {
            api.api_id
            for api in self._catalog
            if any(before < key.expires <= self._looked for key in api.api_keys.values())
        }
        if expired:
            self.narrowed(expired)

    async def _review(self, api_ids: Collection[str]) -> None:
        concerned = [handler for handler in self._handlers if handler.api_id in api_ids]
        for number, handler in enumerate(concerned, start=1):
            handler.review(self._clock())
            if number % PER_TURN == 0:
                await asyncio.sleep(0)
