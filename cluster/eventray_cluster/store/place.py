"""Where the data are, and what opens them: plain values that the directory's process gets as an argument."""

from dataclasses import dataclass, field
from pathlib import Path

from eventray_cluster.settings import Settings
from eventray_cluster.store.key_text import decode_encryption_key


@dataclass(frozen=True, slots=True)
class DataPlace:
    """The database and the key to its secrets. Secrets stay out of `repr`, and so out of logs."""

    data_dir: Path
    database: str | None = field(default=None, repr=False)
    """The URL of a PostgreSQL database; None means the SQLite file in the data directory."""
    encryption_key: bytes | None = field(default=None, repr=False)
    """What secrets are sealed with; None means the key in the data directory, made there if need be."""
    may_be_empty: bool = True
    """Whether an empty database is a first start; if not, it is taken for one that was lost."""


def place_of(settings: Settings, may_be_empty: bool = True) -> DataPlace:
    """The place that the settings mean."""
    database, key = settings.database, settings.encryption_key
    return DataPlace(
        settings.data_dir,
        database.get_secret_value() if database else None,
        decode_encryption_key(key.get_secret_value()) if key else None,
        may_be_empty,
    )
