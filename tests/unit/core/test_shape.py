import msgspec
from msgspec import UNSET, UnsetType

from eventray_core.shape import Shape


class Sample(Shape, frozen=True, kw_only=True):
    table_name: str
    max_count: int | UnsetType = UNSET


def test_names_are_camel_case_and_what_is_absent_stays_absent() -> None:
    sample = msgspec.json.decode(b'{"tableName": "t", "other": 1}', type=Sample)
    assert sample == Sample(table_name="t")
    assert msgspec.json.encode(sample) == b'{"tableName":"t"}'
