import pytest

from eventray_cluster.data_dir import DataDirectoryError
from eventray_cluster.store.cipher import RecordCipher
from eventray_cluster.store.records import put_of, row_of, rows_of
from eventray_cluster.store.rows import Row
from eventray_core.control.records import SECRET_KINDS, Kind, Put, Remove

CIPHER = RecordCipher(bytes(32))


@pytest.mark.parametrize("kind", list(Kind))
def test_secrets_alone_are_sealed(kind: Kind) -> None:
    put = Put(kind, "some/key", b'{"some":"body"}')
    row = row_of(put, CIPHER)
    assert (row.kind, row.key) == (kind.value, put.key)
    assert (row.body == put.body) == (kind not in SECRET_KINDS)
    assert put_of(row, CIPHER) == put


def test_of_several_changes_of_a_record_the_last_counts() -> None:
    one, two = Put(Kind.API, "a", b"1"), Put(Kind.API, "a", b"2")
    assert rows_of([one, two], CIPHER) == ([Row("api", "a", b"2")], [])
    assert rows_of([one, Remove(Kind.API, "a")], CIPHER) == ([], [("api", "a")])
    assert rows_of([Remove(Kind.API, "a"), one], CIPHER) == ([Row("api", "a", b"1")], [])


def test_a_kind_that_nobody_knows_is_told() -> None:
    with pytest.raises(DataDirectoryError, match="holds what cannot be read: 'planet' is not a valid Kind"):
        put_of(Row("planet", "earth", b""), CIPHER)
