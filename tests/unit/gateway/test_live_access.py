"""Which connections are looked at again, and when."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from eventray_actors.tasks import Tasks
from eventray_core.api import Api, ApiKey
from eventray_core.catalog import Catalog
from eventray_gateway.live_access import PER_TURN, LiveAccess


class Connection:
    """A connection of an API that notes when it is looked at."""

    def __init__(self, api_id: str, reviewed: list[tuple[str, float]]) -> None:
        self.api_id = api_id
        self._reviewed = reviewed

    def review(self, now: float) -> None:
        self._reviewed.append((self.api_id, now))


class World:
    """A clock, two APIs with a key each, and their connections."""

    def __init__(self, tasks: Tasks) -> None:
        self.now = 100.0
        self.reviewed: list[tuple[str, float]] = []
        self.connections: set[Connection] = set()
        apis = [
            Api(
                api_id=name,
                name=name,
                dns_id=name,
                created=1,
                api_keys={name: ApiKey(key=name, expires=expires)},
            )
            for name, expires in (("early", 150), ("late", 200))
        ]
        self.access = LiveAccess(self.connections, Catalog(1, apis), lambda: self.now, tasks)

    def connect(self, *api_ids: str) -> None:
        self.connections |= {Connection(api_id, self.reviewed) for api_id in api_ids}

    async def at(self, now: float) -> list[tuple[str, float]]:
        """Let time pass, and look for expired keys; which were looked at."""
        self.now = now
        self.reviewed.clear()
        self.access.look_for_expired_keys()
        await asyncio.sleep(0)
        return self.reviewed


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    tasks = Tasks()
    yield World(tasks)
    await tasks.stop()


async def test_connections_of_the_apis_that_allow_less(world: World) -> None:
    world.connect("early", "late", "late")
    world.access.narrowed({"late"})
    await asyncio.sleep(0)
    assert world.reviewed == [("late", 100.0)] * 2


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ((149, 150, 151), [[], [("early", 150)], []]),
        ((199.5, 200.5, 201), [[("early", 199.5)], [("late", 200.5)], []]),
    ],
)
async def test_a_keys_connections_when_it_expires_and_not_again(
    world: World, times: tuple[float, ...], expected: list[list[tuple[str, float]]]
) -> None:
    world.connect("early", "late")
    assert [list(await world.at(now)) for now in times] == expected


async def test_everybody_else_gets_a_turn_in_between(world: World) -> None:
    world.connect(*["late"] * (PER_TURN + 1))
    world.access.narrowed({"late"})
    await asyncio.sleep(0)
    assert len(world.reviewed) == PER_TURN
    await asyncio.sleep(0)
    assert len(world.reviewed) == PER_TURN + 1
