"""What is done in the one transaction that opens the data."""

import logging
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.cipher import RecordCipher
from eventray_cluster.store.first_start import FIRST_VERSION, first_records
from eventray_cluster.store.key_check import find_key
from eventray_cluster.store.migrate import migrate
from eventray_cluster.store.ownership import FENCE, raise_fence
from eventray_cluster.store.place import DataPlace
from eventray_cluster.store.records import put_of, row_of
from eventray_cluster.store.rows import (
    CONFIGURATION_VERSION,
    TERM,
    is_empty,
    make_counters,
    read_rows,
    write_rows,
)
from eventray_cluster.store.tables import COUNTERS
from eventray_core.control.records import ApiKeyRecord, Kind, decode

logger = logging.getLogger(__name__)

KEY_WARNING_S = 14 * 86_400
"""An API key that ends within this time is worth a warning."""


class EmptyDatabaseError(DataDirectoryError):
    """There is nothing in a database that should hold the data."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What the owner of the data needs for each transaction."""

    cipher: RecordCipher
    fence: int


async def open_data(connection: AsyncConnection, place: DataPlace, now: int) -> Opened:
    """Bring the tables up to date, make the first records if there are none, and overtake earlier owners.

    Raises `EmptyDatabaseError` when there are none and should be, `DataDirectoryError` when the data cannot
    be used.
    """
    await connection.run_sync(migrate)
    is_new = await is_empty(connection, COUNTERS)
    if is_new and not place.may_be_empty:
        raise EmptyDatabaseError(
            "The database is empty: give --init if the cluster is new; if it is not, the data are elsewhere."
        )
    cipher = RecordCipher(await find_key(connection, place))
    if is_new:
        await _make_first(connection, cipher, now)
    await _warn_of_ending_keys(connection, cipher, now)
    return Opened(cipher, await raise_fence(connection))


async def _make_first(connection: AsyncConnection, cipher: RecordCipher, now: int) -> None:
    await make_counters(connection, **{CONFIGURATION_VERSION: FIRST_VERSION, TERM: 0, FENCE: 0})
    await write_rows(connection, [row_of(record.put(), cipher) for record in first_records(now)], [], now)
    logger.info("made the API 'default', its key and an administrator")


async def _warn_of_ending_keys(connection: AsyncConnection, cipher: RecordCipher, now: int) -> None:
    keys = [decode(put_of(row, cipher)) for row in await read_rows(connection) if row.kind == Kind.API_KEY]
    for key in keys:
        if isinstance(key, ApiKeyRecord) and key.expires - now < KEY_WARNING_S:
            days = max(0, (key.expires - now) // 86_400)
            logger.warning("an API key of API %s ends in %s days", key.api_id, days)
