"""The gateway actor: ends client connections, and is their side of the cluster."""

import asyncio
import logging
import os
import socket
import time
from typing import Any

from eventray_actors.links.addresses import format_address
from eventray_actors.tasks import Tasks
from eventray_core.certificates import Certificates
from eventray_core.members import GatewayConfig
from eventray_core.placement.view import View
from eventray_core.ports import LocateDirectory
from eventray_gateway.addressing import Endpoint, api_of, target_of
from eventray_gateway.app import make_app
from eventray_gateway.asgi import Asgi
from eventray_gateway.control.endpoint import ControlEndpoint
from eventray_gateway.counters import ApiCounters, GatewayCounters
from eventray_gateway.fanout import Fanout
from eventray_gateway.keep_alive import KeepAliveWheel
from eventray_gateway.live_access import LiveAccess
from eventray_gateway.metrics import Metrics, Numbers
from eventray_gateway.publish import PublishEndpoint
from eventray_gateway.realtime import GOING_AWAY, RealtimeHandler, Surroundings
from eventray_gateway.router import Router
from eventray_gateway.tls.chooser import CertificateChooser
from eventray_gateway.wire.edge import Rejection, Upgrade
from eventray_gateway.wire.server import WireServer

_log = logging.getLogger(__name__)

KEEP_ALIVE_STEP = 0.1
SERVICE_RESTART = 1012
DRAIN_STEP = 0.02
CLOSED_PER_STEP = 200
"""How many connections are closed at once when all must go, so that they do not come back at once."""


class Gateway:
    """Serves one shared port and one of its own, and one shared port with TLS.

    Starts itself. Ray restarts it empty: its clients reconnect and say what they want.
    """

    def __init__(self, config: GatewayConfig, locate: LocateDirectory) -> None:
        self._config = config
        self._tasks = Tasks()
        self._draining = False
        self.limits = config.limits
        self.counters = GatewayCounters()
        loop = asyncio.get_running_loop()
        own = _listening(config.host, 0)
        host = config.advertise_host or config.host
        self._address = format_address(host, own.getsockname()[1])
        self._router = Router(config, locate, self._address)
        self._fanout = Fanout(loop.call_soon, self.counters)
        steps = max(1, round(config.limits.keep_alive_interval_ms / 1000 / KEEP_ALIVE_STEP))
        self._surroundings = Surroundings(
            config.limits, self._router, self._fanout, KeepAliveWheel(steps), self.counters
        )
        self._router.deliver = self._fanout.deliver
        self._router.expelled = self._close_all
        handlers, catalog = self._surroundings.handlers, self._router.catalog
        self._access = LiveAccess(handlers, catalog, time.time, self._tasks)
        self._router.narrowed = self._access.narrowed
        self._metrics = Metrics(config.name, self._numbers, self._numbers_by_api)
        app = PublishEndpoint(self._management(make_app(self)), self._router, config.limits, self.counters)
        sockets = [own] if config.port == 0 else [_listening(config.host, config.port), own]
        tls_sockets = [] if config.tls_port is None else [_listening(config.host, config.tls_port)]
        self._tls_address = format_address(host, tls_sockets[0].getsockname()[1]) if tls_sockets else ""
        self._chooser = CertificateChooser(
            config.facts.domain_suffix, config.facts.region, lambda: self._router.catalog
        )
        self._router.certified = self._certified
        self._server = WireServer(app, self, sockets, tls_sockets)
        self._tasks.start(self._start(), config.name)

    def __repr__(self) -> str:
        return f"Gateway({self._config.name})"

    def _management(self, app: Asgi) -> Asgi:
        """The management API in front of an application."""
        router = self._router
        return ControlEndpoint(
            app,
            router.calls,
            router.users,
            self._config.facts,
            self.counters,
            lambda: router.catalog.version > 0,
        )

    async def _start(self) -> None:
        await self._server.start()
        self._router.start()
        self._tasks.start(self._beat_for_ever(), "keep-alive")
        self._tasks.start(self._measure_for_ever(), "metrics")
        _log.info("%s listens on %s and %s", self._config.name, self._config.port, self._address)

    def _certified(self, certificates: Certificates) -> None:
        """The directory has sent certificates; the first ones let clients in."""
        try:
            self._chooser.change(certificates)
        except Exception:
            _log.exception("%s cannot use the new certificates", self._config.name)
            return
        if not self._server.listens_with_tls:
            self._server.start_tls(self._chooser.begin)

    async def _beat_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += KEEP_ALIVE_STEP
            await asyncio.sleep(due - loop.time())
            self._surroundings.keep_alive.turn()

    async def _measure_for_ever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + 1
            await asyncio.sleep(1)
            self.counters.loop_lag_ms = max(0.0, (loop.time() - due) * 1000)
            self._metrics.flush()
            self._access.look_for_expired_keys()

    # What the wire asks

    def accept(self, upgrade: Upgrade) -> RealtimeHandler | Rejection:
        """A WebSocket upgrade: the path must be a realtime endpoint of an API."""
        target = target_of(upgrade.path)
        if target is None or target.endpoint is not Endpoint.REALTIME:
            return Rejection(404, "NotFoundException", "There is no WebSocket endpoint at this path.")
        if not self._router.catalog.version:
            return Rejection(503, "ServiceUnavailableException", "The server is starting.")
        api = api_of(self._router.catalog, target, upgrade.headers)
        if api is None:
            return Rejection(404, "NotFoundException", "There is no such API.")
        return RealtimeHandler(self._surroundings, api, upgrade)

    # What operators ask

    @property
    def view(self) -> View:
        """The cluster as this gateway knows it."""
        return self._router.state.view

    def is_healthy(self) -> bool:
        """False while it drains."""
        return not self._draining

    def is_ready(self) -> bool:
        """Whether traffic can be served now."""
        return not self._draining and self._router.is_ready() and self._server.listens_with_tls

    @property
    def ca_pem(self) -> bytes | None:
        """The certificate of the local authority, for clients to trust; None if there is none (yet)."""
        return self._chooser.root

    def metrics(self) -> bytes:
        """The Prometheus exposition."""
        return self._metrics.text()

    def _numbers(self) -> Numbers:
        counters, server = self.counters, self._server.counters
        return {
            "connections_opened": counters.connections_opened,
            "publish_requests": counters.publish_requests,
            "management_requests": counters.management_requests,
            "events": counters.events_in,
            "event_bytes": counters.bytes_in,
            "deliveries": counters.deliveries,
            "delivery_writes": counters.writes,
            "delivery_bytes": counters.bytes_out,
            "failed_writes": counters.failed_writes,
            "slow_consumers": counters.slow_consumers,
            "http_requests": server.http_requests,
            "failed_tls_handshakes": server.failed_handshakes,
            "errors": dict(counters.errors),
            "connections": counters.connections,
            "subscriptions": counters.subscriptions,
            "half_open_connections": server.half_open,
            "loop_lag_milliseconds": counters.loop_lag_ms,
            "link_queue_bytes": self._router.link_queues(),
            "certificate_expires_timestamp_seconds": self._chooser.expiries,
        }

    def _numbers_by_api(self) -> dict[str, ApiCounters]:
        catalog = self._router.catalog
        self.counters.forget(lambda api_id: catalog.get(api_id) is None)
        return self.counters.apis

    # The end of connections

    def _close_all(self) -> None:
        """Membership is lost, so events may be missed: no connection may go on."""
        for handler in list(self._surroundings.handlers):
            handler.close(SERVICE_RESTART)

    async def drain(self, timeout_s: float = 5.0) -> None:
        """Take no new connections, finish what was asked, close the rest a slice at a time."""
        self._draining = True
        deadline = asyncio.get_running_loop().time() + timeout_s
        await self._server.drain(timeout_s)
        handlers = list(self._surroundings.handlers)
        for first in range(0, len(handlers), CLOSED_PER_STEP):
            for handler in handlers[first : first + CLOSED_PER_STEP]:
                handler.close(GOING_AWAY)
            await asyncio.sleep(DRAIN_STEP)
        # Each leaves by itself when its peer has answered, or after the close time-out.
        while self._surroundings.handlers and asyncio.get_running_loop().time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(DRAIN_STEP)

    async def status(self) -> dict[str, Any]:
        """Numbers for people and for the supervisor."""
        return {
            "name": self._config.name,
            "pid": os.getpid(),
            "incarnation": self._router.incarnation,
            "address": self._address,
            "tlsAddress": self._tls_address,
            "epoch": self._router.state.view.epoch,
            "ready": self.is_ready(),
            "draining": self._draining,
            "connections": self.counters.connections,
            "subscriptions": self.counters.subscriptions,
            "deliveries": self.counters.deliveries,
        }

    async def stop(self) -> None:
        """End everything at once."""
        await self._tasks.stop()
        try:
            await self._server.stop(1.0)
        finally:
            for handler in list(self._surroundings.handlers):
                handler.abort()
            await self._router.stop()


def _listening(host: str, port: int) -> socket.socket:
    """A bound socket; a fixed port is shared with the node's other gateways."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if port:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.bind((host, port))
    bound.setblocking(False)
    return bound
