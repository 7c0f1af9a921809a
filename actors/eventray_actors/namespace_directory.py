"""The directory actor: owns the membership and the placement, and keeps what must outlive it."""

import asyncio
import logging
import os
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from eventray_actors.certificate_feed import CertificateFeed
from eventray_actors.code_runner import CodeRunner
from eventray_actors.confirmations import Confirmations
from eventray_actors.control_plane import Announcement, ControlPlane
from eventray_actors.links.addresses import parse_address
from eventray_actors.links.connection import Receive
from eventray_actors.links.listener import LinkListener
from eventray_actors.tasks import Tasks, every
from eventray_core.control.calls import Answer
from eventray_core.control.records import AccessKeyRecord, IamUserRecord
from eventray_core.control.tables import Tables
from eventray_core.link.envelopes import (
    CodeChecked,
    CodeText,
    CodeWanted,
    ControlCall,
    ControlReply,
    Envelope,
    Evaluated,
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
from eventray_core.ports import (
    DirectoryStore,
    FencedError,
    LinkAddress,
    OpenCertificates,
    OpenStore,
    StoreUnavailableError,
)

_log = logging.getLogger(__name__)

TICK = 0.2
PROBE_TIMEOUT = 1.0
SAVE_AGAIN = 1.0
OWN_EVERY = 2.0


class NamespaceDirectory:
    """APIs and namespaces, who is a member, and which shard owns what.

    Starts itself. Ray restarts it empty: the store has the configuration and the last announced view, and
    members, which go on without it for a lease, come back by themselves. Certificates go to gateways over
    their links only, since they come with their keys. `overtaken` is called when another directory has taken
    the data: it must end this one, or have it end; without it this one stops.
    """

    def __init__(
        self,
        config: DirectoryConfig,
        open_store: OpenStore,
        open_certificates: OpenCertificates | None = None,
        overtaken: Callable[[], None] | None = None,
    ) -> None:
        self._config = config
        self._overtaken = overtaken or self._stop_soon
        self.incarnation: Incarnation = str(uuid.uuid4())
        self._loop = asyncio.get_running_loop()
        self._store: DirectoryStore = open_store()
        self._feed = CertificateFeed(open_certificates(), self._certify) if open_certificates else None
        self._state: DirectoryState | None = None
        self._sessions: dict[Incarnation, Session] = {}
        self._announced: View = EMPTY_VIEW
        self._changed = asyncio.Event()
        self._expelled: list[Expel] = []
        self._probing: set[Incarnation] = set()
        self._tasks = Tasks()
        self._confirmations = Confirmations()
        self._codes = CodeRunner(self._shard_sessions)
        self._control = ControlPlane(
            self._store, config.facts, self._announce_change, self._tasks, self._codes
        )
        self._ending = Tasks()
        silence = config.timing.link_silence_ms / 1000
        self._listener = LinkListener(self, config.secret, silence, config.tls)
        self._started = self._tasks.start(self._start(), "start the directory")

    def __repr__(self) -> str:
        return f"NamespaceDirectory({self._config.name})"

    async def _start(self) -> None:
        await self._store.open()
        await self._control.open()
        if self._feed is not None:
            self._feed.show(self._control.state.certificates())
            await self._feed.look()
        term = await self._store.next_term()
        saved = await self._store.load_cluster()
        lease = self._config.timing.lease_ms / 1000
        self._state = DirectoryState(lease, term, saved, self._loop.time())
        self._announced = self._state.view
        await self._listener.start(self._config.host)
        self._tasks.start(self._tick_for_ever(self._state), "tick")
        self._tasks.start(self._announce_for_ever(self._state), "announce")
        self._control.start()
        self._tasks.start(self._own_for_ever(), "own the data")
        if self._feed is not None:
            self._tasks.start(self._feed.look_for_ever(), "look after the certificates")
        _log.info(
            "directory listens at %s, term %s, configuration %s",
            self._listener.address,
            term,
            self._control.version,
        )

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

    async def _own_for_ever(self) -> None:
        """Leases are given for as long as the data are ours, and while nobody can tell whose they are."""
        while True:
            await asyncio.sleep(OWN_EVERY)
            try:
                await self._store.check()
            except FencedError as error:
                _log.critical("%s This directory ends.", error)
                return self._overtaken()
            except StoreUnavailableError as error:
                _log.warning("%s The members go on with what they have.", error)

    def _stop_soon(self) -> None:
        self._ending.start(self.stop(), "stop")

    def _broadcast(self, view: View) -> None:
        data = encode(ViewChanged(view))
        for incarnation in (*view.gateways, *view.shards):
            if incarnation in self._sessions:
                self._sessions[incarnation].send_encoded(data)
        _log.info("epoch %s: %s gateways, %s shards", view.epoch, len(view.gateways), len(view.shards))

    def _announce_change(self, announcement: Announcement) -> Awaitable[bool]:
        """Tell all members, those not announced yet too; ends when the gateways have taken note.

        Certificates go first, so that they are confirmed with the configuration.
        """
        if self._feed is not None:
            self._feed.show(self._control.state.certificates())
        view = self._state.view if self._state is not None else EMPTY_VIEW
        config = encode(announcement.config)
        users = None if announcement.users is None else encode(announcement.users)
        sent: dict[Session, int] = {}
        for incarnation, session in self._sessions.items():
            if incarnation in view.gateways:
                if users is not None:
                    session.send_encoded(users)
                sent[session] = session.send_encoded(config)
            elif incarnation in view.shards:
                session.send_encoded(config)
        return self._confirmations.wait(sent, self._config.timing.configure_ms / 1000)

    def _shard_sessions(self) -> list[Session]:
        """The shards that can be asked something now."""
        shards = self._announced.shards
        return [s for incarnation, s in self._sessions.items() if incarnation in shards and s.connected]

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
        self._confirmations.look()
        for envelope in envelopes:
            match envelope:
                case ControlCall():
                    self._call(session, envelope)
                case Join():
                    self._join(state, hello, session, envelope, now)
                case Renew(number):
                    if state.renewed(hello.incarnation, now):
                        session.send(Renewed(number))
                case Opened(slots):
                    state.opened(hello.incarnation, slots)
                case Stuck(gateway):
                    self._act(state, state.remove(gateway, f"{hello.name} cannot deliver to it"))
                case _:
                    self._about_code(session, envelope)
        self._act(state, [])

    def _about_code(self, session: Session, envelope: Envelope) -> None:
        """A shard needs handlers' code, or has looked at some."""
        match envelope:
            case CodeWanted(code_hash):
                session.send(CodeText(code_hash, self._control.state.code(code_hash)))
            case CodeChecked() | Evaluated():
                self._codes.answered(envelope)

    def _call(self, session: Session, asked: ControlCall) -> None:
        def reply(answer: Answer) -> None:
            session.send(ControlReply(asked.number, answer))

        self._control.submit(asked.call, asked.budget_ms / 1000, reply)

    def _join(self, state: DirectoryState, hello: Hello, session: Session, join: Join, now: float) -> None:
        member = Member(hello.incarnation, join.name, join.address)
        welcome, effects = state.join(join.kind, member, join.fresh, join.open_slots, now)
        if not welcome:
            session.send(Removed())
            return
        _log.info("%s joined from %s", join.name, join.address)
        whole = self._control.whole()
        if join.kind is MemberKind.GATEWAY and whole.users is not None:
            session.send(whole.users)
        session.send(whole.config)
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
        api = self._control.default_api
        administrator = _administrator_key(self._control.state.tables)
        usable = [k for k in api.api_keys.values() if k.expires > time.time()] if api else []
        return {
            "apiId": api.api_id if api else "",
            "apiKey": max(usable, key=lambda k: k.expires).key if usable else "",
            "apiKeyExpires": str(max((k.expires for k in usable), default=0)),
            "accessKeyId": administrator.access_key_id if administrator else "",
            "secretAccessKey": administrator.secret_access_key if administrator else "",
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
            "configurationVersion": self._control.version,
            MemberKind.GATEWAY.value + "s": _members(view.gateways),
            MemberKind.SHARD.value + "s": _members(view.shards),
        }

    async def stop(self) -> None:
        """End all links and give the data free."""
        await self._listener.stop()
        await self._tasks.stop()
        await self._store.close()


def _administrator_key(tables: Tables) -> AccessKeyRecord | None:
    """The oldest key that an administrator can sign with, as long as nobody takes it away."""
    administrators = {user.user_name for user in tables.all(IamUserRecord) if user.administrator}
    lasting = (key for key in tables.all(AccessKeyRecord) if key.active and key.expires is None)
    return next((key for key in lasting if key.user_name in administrators), None)


def _members(members: dict[Incarnation, Member]) -> list[dict[str, str]]:
    return [{"name": m.name, "incarnation": m.incarnation, "address": m.address} for m in members.values()]
