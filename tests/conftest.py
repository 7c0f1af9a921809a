"""What all tests share: the event loop that the actors run on in production."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, which Ray gives to asynchronous actors."""
    return {"uvloop": uvloop.new_event_loop}
