"""Keeps one WebSocket connection for as long as it is needed, and the subscriptions alive on it."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Iterator
from uuid import uuid4

from eventray_client.backoff import Backoff
from eventray_client.connection import Connection
from eventray_client.errors import ClientClosedError, EventsError, RefusedError, UnavailableError, refusal
from eventray_client.messages import Frame, publish_body, reasons, subscribe_body
from eventray_client.server import Server
from eventray_client.subscription import Subscription

logger = logging.getLogger("eventray_client")

STABLE_S = 10.0
"""A connection that lasted so long makes the next one the first attempt again."""

UNSUBSCRIBE_TIMEOUT_S = 2.0


class Realtime:
    """The WebSocket side of a client.

    The first connection is tried once, so that what is wrong is told at once. One that was there is made
    again until it is, or is refused, or nothing needs it any more.
    """

    def __init__(self, server: Server, timeout_s: float, backoff: Backoff) -> None:
        self._server = server
        self._timeout_s = timeout_s
        self._backoff = backoff
        self._subscriptions: dict[str, Subscription] = {}
        self._ready: asyncio.Future[Connection] | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    # What callers ask

    async def add(self, subscription: Subscription) -> None:
        """Subscribe, on the next connection if this one is lost meanwhile; raises `EventsError`."""
        self._subscriptions[subscription.id] = subscription
        try:
            async with asyncio.timeout(self._timeout_s):
                while not subscription.is_live:
                    connection = await self._connected()
                    with _ignoring_loss_of(connection):
                        await self._subscribe(connection, subscription)
        except TimeoutError:
            raise UnavailableError(f"The server did not answer in {self._timeout_s:g} s.") from None
        finally:
            if not subscription.is_live:
                await self.remove(subscription)

    async def remove(self, subscription: Subscription) -> None:
        """Unsubscribe; never fails, since without an answer the connection is as good as gone."""
        self._subscriptions.pop(subscription.id, None)
        ready = self._ready
        if ready is not None and ready.done() and ready.exception() is None:
            with contextlib.suppress(EventsError):
                await ready.result().ask("unsubscribe", subscription.id, {}, UNSUBSCRIBE_TIMEOUT_S)

    async def publish(self, channel: str, texts: list[str]) -> Frame:
        """Publish once; returns the answer. Raises `EventsError`."""
        try:
            async with asyncio.timeout(self._timeout_s):
                connection = await self._connected()
        except TimeoutError:
            raise UnavailableError("The connection is lost and was not made again in time.") from None
        body = publish_body(channel, texts)
        authorization = await self._authorization(body)
        fields = {"channel": channel, "events": texts, "authorization": authorization}
        frame = await connection.ask("publish", uuid4().hex, fields, self._timeout_s)
        return _success(frame, channel)

    async def close(self) -> None:
        """End the subscriptions and the connection."""
        self._is_closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._end(None)

    # The connection

    async def _connected(self) -> Connection:
        """The connection, once it is there and its subscriptions are live again; bound the wait."""
        if self._is_closed:
            raise ClientClosedError("The client is closed.")
        if self._ready is None:
            self._ready = _new_future()
            self._task = asyncio.get_running_loop().create_task(self._run(), name="eventray-client")
        return await asyncio.shield(self._ready)

    async def _run(self) -> None:
        """Connect, and connect again; whatever ends it is told to all that wait."""
        try:
            await self._keep_connected()
        except ExceptionGroup as group:
            self._end(group.exceptions[0])
        except Exception as error:
            self._end(error)

    async def _keep_connected(self) -> None:
        loop = asyncio.get_running_loop()
        attempt, connection = 0, await Connection.open(self._server, self._deliver, self._timeout_s)
        while True:
            began = loop.time()
            lost = await self._serve(connection)
            if isinstance(lost, RefusedError):
                raise lost
            if not self._interrupted():
                self._ready = None
                return
            attempt = 0 if loop.time() - began > STABLE_S else attempt
            connection, attempt = await self._reconnect(lost, attempt)

    async def _serve(self, connection: Connection) -> EventsError:
        """Use the connection until it is lost; returns why it was."""
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(connection.run())
            group.create_task(self._restore(connection))
        return reading.result()

    async def _restore(self, connection: Connection) -> None:
        """Subscribe again to what was live, with the same ids, and let the others come."""
        live = [s for s in self._subscriptions.values() if s.is_live]
        try:
            await asyncio.gather(*(self._subscribe_again(connection, s) for s in live))
        except UnavailableError as error:
            logger.warning("%s", error)
            await connection.close()
            return
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(connection)

    def _interrupted(self) -> bool:
        """Note a loss; whether anything needs the next connection."""
        for subscription in self._subscriptions.values():
            subscription.interruptions += subscription.is_live
        is_waited_for = self._ready is not None and not self._ready.done()
        if not is_waited_for:
            self._ready = _new_future()
        return bool(self._subscriptions) or is_waited_for

    async def _reconnect(self, lost: EventsError, attempt: int) -> tuple[Connection, int]:
        """Try until it succeeds; raises `RefusedError`."""
        while True:
            delay_s = self._backoff.delay_s(attempt, random.random())
            attempt += 1
            logger.warning("%s Connecting again in %.1f s.", lost, delay_s)
            await asyncio.sleep(delay_s)
            try:
                connection = await Connection.open(self._server, self._deliver, self._timeout_s)
            except UnavailableError as error:
                lost = error
            else:
                logger.warning("Connected again; what was published meanwhile may be missing.")
                return connection, attempt

    def _end(self, error: Exception | None) -> None:
        for subscription in self._subscriptions.values():
            subscription.end(error)
        if self._ready is not None and not self._ready.done():
            self._ready.set_exception(error or ClientClosedError("The client was closed."))
        self._ready = None

    # Subscriptions

    def _deliver(self, id_: str, text: str) -> None:
        subscription = self._subscriptions.get(id_)
        if subscription is not None:
            subscription.offer(text)

    async def _subscribe(self, connection: Connection, subscription: Subscription) -> None:
        channel = subscription.channel
        fields = {"channel": channel, "authorization": await self._authorization(subscribe_body(channel))}
        _success(await connection.ask("subscribe", subscription.id, fields, self._timeout_s), channel)
        subscription.is_live = True

    async def _subscribe_again(self, connection: Connection, subscription: Subscription) -> None:
        try:
            await self._subscribe(connection, subscription)
        except RefusedError as error:
            self._subscriptions.pop(subscription.id, None)
            subscription.end(error)
            return
        if subscription.id not in self._subscriptions:  # it was left meanwhile
            await connection.ask("unsubscribe", subscription.id, {}, UNSUBSCRIBE_TIMEOUT_S)

    async def _authorization(self, body: bytes) -> dict[str, str]:
        server = self._server
        return {"host": server.host, **await server.authorization.headers(server.http_url, body)}


@contextlib.contextmanager
def _ignoring_loss_of(connection: Connection) -> Iterator[None]:
    try:
        yield
    except UnavailableError:
        if not connection.is_lost:
            raise


def _success(frame: Frame, channel: str) -> Frame:
    if frame["type"].endswith("_error"):
        raise refusal(reasons(frame), channel)
    return frame


def _new_future() -> asyncio.Future[Connection]:
    """A future whose error may remain unseen."""
    future: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
    future.add_done_callback(lambda done: done.cancelled() or done.exception())
    return future
