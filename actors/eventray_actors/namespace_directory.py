"""The directory actor: owns the membership and the placement, and keeps what must outlive it."""

import asyncio
import logging
import os
import time
import uuid
from typing import Any

from eventray_actors.certificate_feed import CertificateFeed
from eventray_actors.links.addresses import parse_address
from eventray_actors.links.connection import Receive
from eventray_actors.links.listener import LinkListener
from eventray_actors.tasks import Tasks, every
from eventray_core.api import Catalog
from eventray_core.link.envelopes import (
    ConfigChanged,
    Envelope,
    Join,
    MemberKind,
    Opened,
    Removed,
    Renew,
    Renewed,
    Stuck,
    ViewChanged,
)
from eventray_core.link.handshake import Hello, Refusal
from eventray_core.link.session import Session, encode
from eventray_core.members import DirectoryConfig
from eventray_core.placement.directory_state import DirectoryEffect, DirectoryState, Expel, Probe
from eventray_core.placement.slots import SLOTS
from eventray_core.placement.view import EMPTY_VIEW, Incarnation, Member, View
from eventray_core.ports import DirectoryStore, LinkAddress, OpenCertificates, OpenStore

_log = logging.getLogger(__name__)

TICK = 0.2
PROBE_TIMEOUT = 1.0
SAVE_AGAIN = 1.0


class NamespaceDirectory:
    """APIs and namespaces, who is a member, and which shard owns what.

    Starts itself. Ray restarts it empty: the store has the configuration and the last announced view, and
    members, which go on without it for a lease, come back by themselves. Certificates go to gateways over
    their links only, since they come with their keys.
    """

    def __init__(
        self,
        config: DirectoryConfig,
        open_store: OpenStore,
        open_certificates: OpenCertificates | None = None,
    ) -> None:
        self._config = config
        self.incarnation: Incarnation = str(uuid.uuid4())
        self._loop = asyncio.get_running_loop()
        self._store: DirectoryStore = open_store()
        self._catalog = Catalog()
        self._feed = CertificateFeed(open_certificates(), self._certify) if open_certificates else None
        self._state: DirectoryState | None = None
        self._sessions: dict[Incarnation, Session] = {}
        self._announced: View = EMPTY_VIEW
        self._changed = asyncio.Event()
        self._expelled: list[Expel] = []
        self._probing: set[Incarnation] = set()
        self._tasks = Tasks()
        silence = config.timing.link_silence_ms / 1000
        self._listener = LinkListener(self, config.secret, silence, config.tls)
        self._started = self._tasks.start(self._start(), "start the directory")

    def __repr__(self) -> str:
        return f"NamespaceDirectory({self._config.name})"

    async def _start(self) -> None:
        await self._store.open()
        version, apis = await self._store.configuration()
        self._catalog.take(version, True, apis)
        if self._feed is not None:
            await self._feed.look()
        term = await self._store.next_term()
        saved = await self._store.load_cluster()
        lease = self._config.timing.lease_ms / 1000
        self._state = DirectoryState(lease, term, saved, self._loop.time())
        self._announced = self._state.view
        await self._listener.start(self._config.host)
        self._tasks.start(self._tick_for_ever(self._state), "tick")
        self._tasks.start(self._announce_for_ever(self._state), "announce")
        if self._feed is not None:
            self._tasks.start(self._feed.look_for_ever(), "look after the certificates")
        _log.info("directory listens at %s, term %s, %s APIs", self._listener.address, term, len(apis))

    # What goes on by itself

    async def _tick_for_ever(self, state: DirectoryState) -> None:
        await every(TICK, lambda: self._act(state, state.tick(self._loop.time())))

    async def _announce_for_ever(self, state: DirectoryState) -> None:
        """Save each new view, then tell everyone; only then tell those who are no longer in it."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            view, saved, expelled = state.view, state.snapshot(), self._expelled
            self._expelled = []
            if view.epoch > self._announced.epoch:
                try:
                    await self._store.save_cluster(saved)
                except Exception:
                    _log.exception("the membership cannot be saved, and so not be announced; trying again")
                    self._expelled = expelled + self._expelled
                    await asyncio.sleep(SAVE_AGAIN)
                    self._changed.set()
                    continue
                self._announced = view
                self._broadcast(view)
            for effect in expelled:
                self._expel(effect)

    def _broadcast(self, view: View) -> None:
        data = encode(ViewChanged(view))
        for incarnation in (*view.gateways, *view.shards):
            if incarnation in self._sessions:
                self._sessions[incarnation].send_encoded(data)
        _log.info("epoch %s: %s gateways, %s shards", view.epoch, len(view.gateways), len(view.shards))

    def _certify(self, data: bytes) -> None:
        """All gateways get the new certificates, those not announced yet too."""
        for incarnation in self._state.view.gateways if self._state is not None else ():
            if incarnation in self._sessions:
                self._sessions[incarnation].send_encoded(data)

    def _expel(self, effect: Expel) -> None:
        """Tell the member if it can hear; its session goes when the link does."""
        _log.warning("removed %s: %s", effect.incarnation, effect.reason)
        session = self._sessions.get(effect.incarnation)
        if session is not None and session.connected:
            session.send(Removed())
        else:
            self._sessions.pop(effect.incarnation, None)

    def _act(self, state: DirectoryState, effects: list[DirectoryEffect]) -> None:
        for effect in effects:
            match effect:
                case Probe(member) if member.incarnation not in self._probing:
                    self._tasks.start(self._probe(state, member), f"probe {member.name}")
                case Expel():
                    self._expelled.append(effect)
        if state.view.epoch > self._announced.epoch or self._expelled:
            self._changed.set()

    async def _probe(self, state: DirectoryState, member: Member) -> None:
        """A refused connection means that the process is gone; anything else means nothing."""
        self._probing.add(member.incarnation)
        try:
            host, port = parse_address(member.address)
            async with asyncio.timeout(PROBE_TIMEOUT):
                _, writer = await asyncio.open_connection(host, port)
            writer.transport.abort()
        except ConnectionRefusedError:
            self._act(state, state.dead(member.incarnation))
        except OSError:
            pass
        finally:
            self._probing.discard(member.incarnation)

    # What the listener asks

    def admit(self, hello: Hello) -> Session | Refusal:
        """Whoever knows the cluster's secret may introduce itself."""
        return self._sessions.setdefault(hello.incarnation, Session(hello.incarnation))

    def linked(self, hello: Hello, session: Session) -> Receive:
        """Envelopes of the link go to the state."""
        assert self._state is not None
        state = self._state
        state.relinked(hello.incarnation)
        return lambda envelopes: self._received(state, hello, session, envelopes)

    def unlinked(self, hello: Hello, session: Session) -> None:
        """The member may be dead, or come back."""
        state = self._state
        if state is None:
            return
        if state.member(hello.incarnation) is None:
            self._sessions.pop(hello.incarnation, None)
        self._act(state, state.lost(hello.incarnation))

    def _received(
        self, state: DirectoryState, hello: Hello, session: Session, envelopes: list[Envelope]
    ) -> None:
        now = self._loop.time()
        for envelope in envelopes:
            match envelope:
                case Join():
                    self._join(state, hello, session, envelope, now)
                case Renew(number):
                    if state.renewed(hello.incarnation, now):
                        session.send(Renewed(number))
                case Opened(slots):
                    state.opened(hello.incarnation, slots)
                case Stuck(gateway):
                    self._act(state, state.remove(gateway, f"{hello.name} cannot deliver to it"))
        self._act(state, [])

    def _join(self, state: DirectoryState, hello: Hello, session: Session, join: Join, now: float) -> None:
        member = Member(hello.incarnation, join.name, join.address)
        welcome, effects = state.join(join.kind, member, join.fresh, join.open_slots, now)
        if not welcome:
            session.send(Removed())
            return
        _log.info("%s joined from %s", join.name, join.address)
        session.send(ConfigChanged(self._catalog.version, True, list(self._catalog)))
        if join.kind is MemberKind.GATEWAY and self._feed is not None and self._feed.envelope is not None:
            session.send_encoded(self._feed.envelope)
        announced = self._announced
        if member.incarnation in announced.gateways or member.incarnation in announced.shards:
            session.send(ViewChanged(announced))
        self._act(state, effects)

    # What Ray calls

    async def link_address(self) -> LinkAddress:
        """Where to dial; waits until the directory is up, raises why it cannot come up."""
        started = self._started
        if started.done() and started.exception() is not None:
            # Maybe what was in the way is gone: the next who asks will know.
            self._started = self._tasks.start(self._start(), "start the directory")
        await asyncio.shield(started)
        return self._listener.address

    async def welcome(self) -> dict[str, str]:
        """The default API, the credentials that the first start made, and the certificate to trust."""
        await asyncio.shield(self._started)
        api = self._catalog.default
        administrator = await self._store.administrator_key()
        usable = [k for k in api.api_keys.values() if k.expires > time.time()] if api else []
        return {
            "apiId": api.api_id if api else "",
            "apiKey": max(usable, key=lambda k: k.expires).key if usable else "",
            "apiKeyExpires": str(max((k.expires for k in usable), default=0)),
            "accessKeyId": administrator.access_key_id,
            "secretAccessKey": administrator.secret_access_key,
            "caPem": self._feed.ca_pem if self._feed is not None else "",
        }

    async def status(self) -> dict[str, Any]:
        """Who is a member and what is served."""
        state = self._state
        if state is None:
            return {"ready": False}
        view, open_slots = state.view, state.open_slots
        return {
            "ready": open_slots == SLOTS and bool(view.gateways),
            "pid": os.getpid(),
            "epoch": view.epoch,
            "openSlots": open_slots,
            "configurationVersion": self._catalog.version,
            MemberKind.GATEWAY.value + "s": _members(view.gateways),
            MemberKind.SHARD.value + "s": _members(view.shards),
        }

    async def stop(self) -> None:
        """End all links and give the data free."""
        await self._listener.stop()
        await self._tasks.stop()
        await self._store.close()


def _members(members: dict[Incarnation, Member]) -> list[dict[str, str]]:
    return [{"name": m.name, "incarnation": m.incarnation, "address": m.address} for m in members.values()]
