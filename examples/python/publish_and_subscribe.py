"""Subscribe, publish, and print what comes back.

Start a server with `make serve`, give its key in EVENTRAY_API_KEY and its endpoint in EVENTRAY_HTTP_URL
(`eventray env` prints both), and run `python examples/python/publish_and_subscribe.py`.
"""

import asyncio

from eventray_client import EventsClient, EventsError


async def main() -> None:
    """Say hello to everyone, ourselves among them."""
    async with EventsClient() as events, events.subscribe("/default/*") as subscription:
        result = await events.publish("/default/greetings", {"hello": "world"})
        print("accepted:", [event.identifier for event in result.successful])
        async with asyncio.timeout(10):
            print("received:", await anext(subscription))


try:
    asyncio.run(main())
except EventsError as error:
    raise SystemExit(f"{error}") from None
