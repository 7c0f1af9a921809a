"""The commands that talk to a server that runs: `publish`, `subscribe` and `env`. They do not import Ray."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Annotated, Any

import typer

from eventray_client.client import EventsClient, Transport
from eventray_client.subscription import Subscription
from eventray_cluster.client_env import IN_BROWSERS, AppSettings, EnvFormat
from eventray_cluster.client_input import batches, batches_of_lines, checked, standard_input
from eventray_cluster.client_options import (
    EXIT_CODES,
    ApiKeyOption,
    CaFile,
    DataDir,
    HttpUrl,
    ReadyFile,
    RealtimeUrl,
    locate,
    option,
    run,
    settings_of,
)
from eventray_cluster.client_output import output
from eventray_cluster.errors import UsageError

STANDARD_INPUT = "-"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (publish, subscribe, env):
        app.command(epilog=EXIT_CODES)(command)


def publish(  # noqa: PLR0913 - one for each option
    context: typer.Context,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="such as /default/greetings")],
    events: Annotated[
        list[str], typer.Argument(metavar="JSON...", help="events; '-' reads one from each line of the input")
    ],
    websocket: Annotated[bool, typer.Option("--websocket", help="publish over WebSocket, not HTTP")] = False,
    http_url: HttpUrl = None,
    realtime_url: RealtimeUrl = None,
    api_key: ApiKeyOption = None,
    ca_file: CaFile = None,
    ready_file: ReadyFile = None,
    data_dir: DataDir = None,
) -> None:
    """Publish events to a channel. In a pipe, prints a line of JSON for each."""
    if STANDARD_INPUT in events and len(events) > 1:
        raise UsageError("Give either events or '-', not both.")
    if events != [STANDARD_INPUT]:
        for number, text in enumerate(events, 1):
            checked(text, f"Event {number}")
    transport: Transport = "websocket" if websocket else "http"
    run(lambda: _publish(context.params, channel, events, transport))


async def _publish(options: dict[str, Any], channel: str, texts: list[str], transport: Transport) -> int:
    shown, count, failed = output(), 0, 0
    async with EventsClient.of(await locate(options)) as events, aclosing(_batches(texts)) as parts:
        async for part in parts:
            result = await events.publish_texts(channel, part, transport)
            shown.published(channel, count, result)
            count, failed = count + len(part), failed + len(result.failed)
    return 1 if failed else 0


async def _batches(texts: list[str]) -> AsyncGenerator[list[str], None]:
    if texts == [STANDARD_INPUT]:
        async with aclosing(batches_of_lines(standard_input())) as parts:
            async for part in parts:
                yield part
    else:
        for part in batches(texts):
            yield part


def subscribe(  # noqa: PLR0913 - one for each option
    context: typer.Context,
    channels: Annotated[list[str], typer.Argument(metavar="CHANNEL...", help="such as /default/*")],
    count: Annotated[int | None, typer.Option(min=1, metavar="N", help="end after so many events")] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            min=0, metavar="SECONDS", help="end after so long; with --count, fail if fewer have come"
        ),
    ] = None,
    with_channel: Annotated[
        bool, typer.Option("--with-channel", help="in a pipe, print objects with channel and event")
    ] = False,
    http_url: HttpUrl = None,
    realtime_url: RealtimeUrl = None,
    api_key: ApiKeyOption = None,
    ca_file: CaFile = None,
    ready_file: ReadyFile = None,
    data_dir: DataDir = None,
) -> None:
    """Show the events of channels as they come, until Ctrl-C. In a pipe, prints each as a line of JSON."""
    _tell_of_the_connection()
    run(lambda: _subscribe(context.params))


async def _subscribe(options: dict[str, Any]) -> int:
    count, channels = options["count"], list(dict.fromkeys(options["channels"]))
    shown = output(options["with_channel"])
    async with EventsClient.of(await locate(options)) as events, AsyncExitStack() as stack:
        subscriptions = [await stack.enter_async_context(events.subscribe(c)) for c in channels]
        typer.echo(f"eventray: subscribed to {', '.join(channels)}", err=True)
        try:
            async with asyncio.timeout(options["timeout"]), aclosing(_merged(subscriptions)) as arrivals:
                async for channel, text in arrivals:
                    shown.event(channel, text)
                    count = count and count - 1
                    if count == 0:
                        return 0
        except TimeoutError:
            return 1 if count else 0
    return 0


async def _merged(subscriptions: list[Subscription]) -> AsyncGenerator[tuple[str, str], None]:
    """The events of all subscriptions as they come, each with its subscription's channel."""
    loop = asyncio.get_running_loop()
    waiting = {loop.create_task(s.next_text()): s for s in subscriptions}
    try:
        while True:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                subscription = waiting.pop(task)
                yield subscription.channel, task.result()
                waiting[loop.create_task(subscription.next_text())] = subscription
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


def _tell_of_the_connection() -> None:
    """That it was lost, and that it is there again."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("eventray: %(message)s"))
    logging.getLogger("eventray_client").addHandler(handler)


def env(  # noqa: PLR0913 - one for each option
    context: typer.Context,
    format_: Annotated[
        EnvFormat, typer.Option("--format", help="who is to read it", show_default=True)
    ] = EnvFormat.DOTENV,
    region: Annotated[str | None, option("REGION", "AWS region, if the server does not say it")] = None,
    http_url: HttpUrl = None,
    realtime_url: RealtimeUrl = None,
    api_key: ApiKeyOption = None,
    ca_file: CaFile = None,
    ready_file: ReadyFile = None,
    data_dir: DataDir = None,
) -> None:
    """Print what an app needs to use the server: its endpoints, the region and an API key."""
    run(lambda: _env(context.params, format_))


async def _env(options: dict[str, Any], format_: EnvFormat) -> int:
    server = await locate(options, prefer_tls=format_ in IN_BROWSERS)
    region = options["region"] or server.region or settings_of(options).region
    app = AppSettings(server, region)
    typer.echo(app.text(format_))
    if warning := app.warning(format_):
        typer.echo(f"eventray: {warning}", err=True)
    return 0
