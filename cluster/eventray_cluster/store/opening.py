"""How the directory's process gets its store, without SQL in the processes that only pass this on."""

from dataclasses import dataclass

from eventray_cluster.store.place import DataPlace
from eventray_core.ports import DirectoryStore


@dataclass(frozen=True, slots=True)
class OpenStoreAt:
    """Makes the store of a place wherever it is called; an `eventray_core.ports.OpenStore`."""

    place: DataPlace

    def __call__(self) -> DirectoryStore:
        """The store, not yet open."""
        from eventray_cluster.store.repository import DatabaseStore  # noqa: PLC0415 - see above

        return DatabaseStore(self.place)
