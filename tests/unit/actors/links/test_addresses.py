"""Addresses go to text and back."""

import pytest

from eventray_actors.links.addresses import fixed, format_address, parse_address


@pytest.mark.parametrize(("host", "text"), [("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80")])
def test_round_trip(host: str, text: str) -> None:
    assert format_address(host, 80) == text
    assert parse_address(text) == (host, 80)


async def test_fixed_is_always_the_same() -> None:
    assert await fixed("a:1")() == "a:1"
