import asyncio
import io
from contextlib import aclosing

import pytest
from tests.support.client import PATIENCE

from eventray_cluster.client_input import batches, batches_of_lines, checked
from eventray_cluster.errors import UsageError


async def read(text: str, got: list[str]) -> None:
    async with asyncio.timeout(PATIENCE), aclosing(batches_of_lines(io.StringIO(text))) as parts:
        async for part in parts:
            assert 1 <= len(part) <= 5
            got += part


@pytest.mark.parametrize("count", [0, 1, 5, 6, 1000])
async def test_lines_come_in_order_and_none_is_lost(count: int) -> None:
    got: list[str] = []
    await read("".join(f"{n}\r\n\n" for n in range(count)), got)
    assert got == [str(n) for n in range(count)]


async def test_a_last_line_need_not_end() -> None:
    got: list[str] = []
    await read('1\n"two"', got)
    assert got == ["1", '"two"']


async def test_lines_before_a_bad_one_come_first() -> None:
    got: list[str] = []
    with pytest.raises(UsageError, match="Line 4 is not JSON"):
        await read("1\n2\n\n{\n3\n", got)
    assert got == ["1", "2"]


@pytest.mark.parametrize("text", ["1", "null", '"x"', ' {"a": [1]} '])
def test_json_passes_as_it_is(text: str) -> None:
    assert checked(text, "Event 1") == text


@pytest.mark.parametrize(("text", "hint"), [("hello", True), ("{", False), ("", False)])
def test_what_is_not_json_is_told_with_a_hint(text: str, hint: bool) -> None:
    with pytest.raises(UsageError) as caught:
        checked(text, "Event 1")
    assert str(caught.value).startswith("Event 1 is not JSON: ")
    assert ("quotation marks" in str(caught.value)) == hint


@pytest.mark.parametrize(("count", "sizes"), [(0, []), (5, [5]), (6, [5, 1]), (11, [5, 5, 1])])
def test_a_publish_holds_five(count: int, sizes: list[int]) -> None:
    assert [len(part) for part in batches(["1"] * count)] == sizes
