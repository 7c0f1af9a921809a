"""Handlers through their worker processes, without a server around them: `python -m benchmarks.handlers`.

The upper-case handler of AppSync's announcement, batches of five events of about 150 bytes: calls and events
per second with 32 callers at once, and what one call takes at 200 calls per second.
"""

import argparse
import asyncio
import json
import time

from eventray_actors.handlers.pool import HandlerPool, Handlers
from eventray_core.handling.answers import HandlerAnswer

BATCH = 5
CALLERS = 32
RATE = 200
CODE = """import { util } from '@aws-appsync/utils';
export function onPublish(ctx) {
  return ctx.events.map((event) => ({
    id: event.id,
    payload: { ...event.payload, message: event.payload.message.toUpperCase() },
  }));
}
"""
PAYLOAD = json.dumps({"message": "hello world", "n": 1, "text": "x" * 100})
INPUT = json.dumps(
    {
        "auth": "API_KEY",
        "context": {
            "identity": None,
            "info": {"channel": {"path": "/default/a", "segments": ["default", "a"]}, "operation": "PUBLISH"},
            "request": {"headers": {"host": "localhost"}, "domainName": None},
            "stash": {},
        },
        "events": [[f"event-{i}", PAYLOAD] for i in range(BATCH)],
    }
)
UPPER = Handlers("api", "default", CODE)


async def call(pool: HandlerPool) -> float:
    """One call; the seconds that it took."""
    began = time.perf_counter()
    answer = await pool.call(UPPER, "onPublish", "events", INPUT)
    assert isinstance(answer, HandlerAnswer)
    assert answer.result is not None
    assert len(answer.result.items) == BATCH
    return time.perf_counter() - began


async def throughput(pool: HandlerPool, seconds: float) -> float:
    """Calls per second with many callers."""
    until = time.perf_counter() + seconds

    async def caller() -> int:
        count = 0
        while time.perf_counter() < until:
            await call(pool)
            count += 1
        return count

    began = time.perf_counter()
    counts = await asyncio.gather(*[caller() for _ in range(CALLERS)])
    return sum(counts) / (time.perf_counter() - began)


async def latencies(pool: HandlerPool, seconds: float) -> list[float]:
    """What single calls take at a fixed rate, in milliseconds, sorted."""
    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        calls = []
        for n in range(int(seconds * RATE)):
            await asyncio.sleep(max(0.0, began + n / RATE - time.perf_counter()))
            calls.append(group.create_task(call(pool)))
    return sorted(1000 * task.result() for task in calls)


async def measure(seconds: float) -> dict[str, float]:
    """All figures."""
    pool = HandlerPool()
    try:
        await throughput(pool, 1.0)
        rate = await throughput(pool, seconds)
        taken = await latencies(pool, seconds)
        return {
            "calls_per_second": round(rate),
            "events_per_second": round(rate * BATCH),
            "p50_ms": round(taken[len(taken) // 2], 3),
            "p99_ms": round(taken[len(taken) * 99 // 100], 3),
            "workers": pool.status()["handlerWorkers"],
        }
    finally:
        await pool.stop()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.handlers", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each figure is measured")
    print(json.dumps(asyncio.run(measure(parser.parse_args().seconds)), indent=1))


if __name__ == "__main__":
    main()
