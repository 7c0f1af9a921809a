"""Makes the data of a new cluster, once, where its directory will run.

The directory itself, which Ray and the supervisor start again and again, never makes any: to it, an empty
database is one that was lost.
"""

import asyncio
import contextlib

from eventray_cluster.store.opening import OpenStoreAt
from eventray_cluster.store.place import DataPlace
from eventray_core.ports import DataLockedError


def make_data(place: DataPlace) -> None:
    """Make the first records unless there are some. A directory that has the data has made sure of that."""
    with contextlib.suppress(DataLockedError):
        asyncio.run(_open_and_close(place))


async def _open_and_close(place: DataPlace) -> None:
    store = OpenStoreAt(place)()
    await store.open()
    await store.close()
