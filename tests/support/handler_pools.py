"""Pools of real worker processes for tests, with limits that make hostile handlers end soon."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eventray_actors.handlers.lane import LaneSettings
from eventray_actors.handlers.pool import HandlerPool
from eventray_actors.handlers.worker import WorkerSettings

QUICK = LaneSettings(WorkerSettings(cpu_s=0.1, wall_s=2.0, memory_bytes=16_000_000), wall_s=0.5, spare=False)


@asynccontextmanager
async def pool_of(settings: LaneSettings = QUICK) -> AsyncIterator[HandlerPool]:
    """A pool that is stopped at the end."""
    pool = HandlerPool(settings)
    try:
        yield pool
    finally:
        await pool.stop()
