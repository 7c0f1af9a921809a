"""Records to rows and back; secrets are sealed on the way."""

from collections.abc import Sequence

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.cipher import RecordCipher, WrongKeyError
from eventray_cluster.store.rows import Row
from eventray_core.control.records import SECRET_KINDS, Change, Kind, Put


def put_of(row: Row, cipher: RecordCipher) -> Put:
    """The record of a row; raises `DataDirectoryError` for one that is not what was written."""
    try:
        kind = Kind(row.kind)
        body = cipher.unseal(row.kind, row.key, row.body) if kind in SECRET_KINDS else row.body
    except (WrongKeyError, ValueError) as error:
        raise DataDirectoryError(f"The database holds what cannot be read: {error}.") from None
    return Put(kind, row.key, body)


def row_of(put: Put, cipher: RecordCipher) -> Row:
    """The row of a record."""
    sealed = put.kind in SECRET_KINDS
    body = cipher.seal(put.kind, put.key, put.body) if sealed else put.body
    return Row(put.kind.value, put.key, body)


def rows_of(changes: Sequence[Change], cipher: RecordCipher) -> tuple[list[Row], list[tuple[str, str]]]:
    """The rows to put and those to remove; of several changes of one record the last counts."""
    last = {(change.kind.value, change.key): change for change in changes}
    rows = [row_of(change, cipher) for change in last.values() if isinstance(change, Put)]
    return rows, [key for key, change in last.items() if not isinstance(change, Put)]
