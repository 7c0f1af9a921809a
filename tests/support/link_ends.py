"""The two ends of a link, without what members are otherwise."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from eventray_actors.links.addresses import fixed
from eventray_actors.links.connection import Receive
from eventray_actors.links.dialler import Dialler
from eventray_actors.links.listener import LinkListener
from eventray_core.link.envelopes import Envelope, MemberKind, Renew
from eventray_core.link.handshake import Hello, Refusal
from eventray_core.link.session import Session
from eventray_core.members import LinkTls

HOST = "127.0.0.1"
SECRET = b"the secret of the tests"


@dataclass
class KeepingEnds:
    """A listener's owner that admits everybody, or refuses them, and keeps what they say."""

    incarnation: str = "listener-1"
    refusal: Refusal | None = None
    sessions: dict[str, Session] = field(default_factory=dict)
    received: list[Envelope] = field(default_factory=list)
    links: int = 0
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    def admit(self, hello: Hello) -> Session | Refusal:
        """One session per dialler."""
        return self.refusal or self.sessions.setdefault(hello.incarnation, Session(hello.incarnation))

    def linked(self, hello: Hello, session: Session) -> Receive:
        """Keep what comes."""
        self.links += 1
        self.progress.set()
        return self._receive

    def _receive(self, envelopes: list[Envelope]) -> None:
        self.received += envelopes
        self.progress.set()

    def unlinked(self, hello: Hello, session: Session) -> None:
        """One link less."""
        self.links -= 1
        self.progress.set()


@dataclass
class Pair:
    """A listener and a dialler, each with its session once they are linked."""

    ends: KeepingEnds
    listener: LinkListener
    dialler: Dialler
    session: Session
    received: list[Envelope] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    progress: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait until something is true of either end."""
        async with asyncio.timeout(20):
            while not fact():
                self.progress.clear()
                self.ends.progress.clear()
                waits = [asyncio.ensure_future(e.wait()) for e in (self.progress, self.ends.progress)]
                await asyncio.wait(waits, timeout=0.05, return_when=asyncio.FIRST_COMPLETED)
                for wait in waits:
                    wait.cancel()

    def receive(self, envelopes: list[Envelope]) -> None:
        """Keep what comes."""
        self.received += envelopes
        self.progress.set()

    def refused(self, reason: Refusal) -> None:
        """Keep why."""
        self.refusals.append(reason)
        self.progress.set()


def numbers(envelopes: list[Envelope]) -> list[int]:
    """Of the `Renew` envelopes that tests send."""
    return [envelope.number for envelope in envelopes if isinstance(envelope, Renew)]


@asynccontextmanager
async def linked_pair(
    secret: bytes = SECRET, silence: float = 5.0, tls: LinkTls | None = None, wanted: str = ""
) -> AsyncIterator[Pair]:
    """Both ends, dialling; not yet linked."""
    ends = KeepingEnds()
    listener = LinkListener(ends, SECRET, silence, tls)
    address = await listener.start(HOST)
    dialler = Dialler(MemberKind.GATEWAY, "dialler", "dialler-1", secret, silence, tls)
    dialler.wanted = wanted
    session = Session("listener-1")
    pair = Pair(ends, listener, dialler, session)
    dialler.session_for = lambda incarnation: session
    dialler.receive = pair.receive
    dialler.linked = lambda session: pair.progress.set()
    dialler.refused = pair.refused
    dialler.start(fixed(address))
    try:
        yield pair
    finally:
        await dialler.stop()
        await listener.stop()
