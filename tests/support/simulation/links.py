"""Links over simulated connections, with the steps of `eventray_actors.links`: handshake, session, redial."""

from collections.abc import Callable
from typing import Protocol

from eventray_core.link import handshake
from eventray_core.link.envelopes import LINK_VERSION, Envelope, MemberKind
from eventray_core.link.handshake import Accepted, Challenge, Hello, Proof, Refusal, Refused
from eventray_core.link.session import LinkError, Session
from eventray_core.placement.view import Incarnation, Member
from tests.support.simulation.network import Connection, Network, Pipe
from tests.support.simulation.world import Process

SECRET = b"known to all members of the simulation"
HANDSHAKE_TIMEOUT = 2.0
RETRY = (0.02, 0.3)

Receive = Callable[[list[Envelope]], None]


class LinkEnd:
    """One end of a connection, and the session on it once hands are shaken."""

    def __init__(self, process: Process, connection: Connection, incoming: Pipe, outgoing: Pipe) -> None:
        self.process = process
        self.session: Session | None = None
        self._connection = connection
        self._incoming = incoming
        self._outgoing = outgoing
        self._receive: Receive = lambda envelopes: None
        self._is_scheduled = False
        incoming.received = self._frame_received
        incoming.lost = self._ended
        process.later(HANDSHAKE_TIMEOUT, self._judge)

    @property
    def is_open(self) -> bool:
        """Whether it takes anything."""
        return not self._incoming.is_deaf

    def _judge(self) -> None:
        if self.session is None:
            self.abort()

    def stand(self, session: Session, receive: Receive, their_count: int) -> None:
        """Move the session's frames from here on."""
        self.session = session
        self._receive = receive
        session.wake = self._schedule
        session.connect(their_count)
        self._connection.repeaters.append(self._repeat)

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self.process.later(0.0, self._flush)

    def _flush(self) -> None:
        self._is_scheduled = False
        while self.session is not None and self.is_open and (frame := self.session.take_frame()) is not None:
            self._connection.written.setdefault(self.session, []).append(frame)
            self._outgoing.send(frame)

    def _repeat(self) -> None:
        if self.session is not None and (frames := self._connection.written.get(self.session)):
            self._outgoing.send(self.process.world.random.choice(frames))

    def say(self, message: handshake.Message) -> None:
        """Send a message of the handshake."""
        self._outgoing.send(handshake.encode(message))

    def _frame_received(self, frame: bytes) -> None:
        try:
            if self.session is None:
                self.shake_hands(handshake.decode(frame))
            else:
                self._receive(self.session.receive(frame))
                self.session.check_invariants()
        except LinkError:
            self.abort()

    def shake_hands(self, message: handshake.Message) -> None:
        """Take one message of the handshake."""
        raise NotImplementedError

    def abort(self) -> None:
        """End the connection; the process itself hears of it a little later."""
        if self.is_open:
            self._incoming.is_deaf = True
            self._outgoing.cut()
            self.process.later(0.0, self.lost)

    def _ended(self) -> None:
        self._incoming.is_deaf = True
        self._outgoing.cut(0.0)
        self.lost()

    def lost(self) -> None:
        """The connection is over; the session may have another by now."""
        if self.is_current and self.session is not None:
            self.session.wake = None
            self.session.disconnect()

    @property
    def is_current(self) -> bool:
        """Whether its session's frames go this way."""
        return self.session is not None and self.session.wake == self._schedule


class Ends(Protocol):
    """Whoever listens; as `eventray_actors.links.LinkEnds`."""

    incarnation: Incarnation

    def admit(self, hello: Hello) -> Session | Refusal: ...

    def linked(self, hello: Hello, session: Session) -> Receive: ...

    def unlinked(self, hello: Hello, session: Session) -> None: ...


class _AcceptedEnd(LinkEnd):
    def __init__(self, listener: "Listener", connection: Connection) -> None:
        super().__init__(listener.process, connection, connection.forth, connection.back)
        self._listener = listener
        self._hello: Hello | None = None

    def shake_hands(self, message: handshake.Message) -> None:
        ends = self._listener.ends
        if self._hello is None:
            hello = handshake.check_hello(message, ends.incarnation)
            if isinstance(hello, Refusal):
                self._refuse(hello)
            else:
                self._hello = hello
                proof = handshake.prove(SECRET, "listener", hello, ends.incarnation, b"nonce")
                self.say(Challenge(ends.incarnation, b"nonce", proof))
            return
        if not isinstance(message, Proof):
            raise LinkError("no proof")
        if handshake.proves(message.proof, SECRET, "dialler", self._hello, ends.incarnation, b"nonce"):
            self._resume(self._hello, message)
        else:
            self._refuse(Refusal.SECRET)  # the owner has begun another life meanwhile

    def _resume(self, hello: Hello, message: Proof) -> None:
        ends = self._listener.ends
        session = ends.admit(hello)
        if isinstance(session, Session) and message.established and not session.established:
            session = Refusal.SESSION_LOST
        if isinstance(session, Refusal):
            self._refuse(session)
            return
        self._listener.replace(session, self)
        self.say(Accepted(session.received))
        self.stand(session, ends.linked(hello, session), message.received)

    def _refuse(self, reason: Refusal) -> None:
        self.say(Refused(reason))
        self.abort()

    def lost(self) -> None:
        was_current = self.is_current
        super().lost()
        if self in self._listener.links:
            self._listener.links.remove(self)
        if was_current and self._hello is not None and self.session is not None:
            self._listener.ends.unlinked(self._hello, self.session)


class Listener:
    """Accepts links for one owner."""

    def __init__(self, network: Network, process: Process, address: str, ends: Ends) -> None:
        self.process = process
        self.ends = ends
        self.links: list[_AcceptedEnd] = []
        network.listen(address, process, self._accept)

    def _accept(self, connection: Connection) -> None:
        self.links.append(_AcceptedEnd(self, connection))

    def replace(self, session: Session, by: LinkEnd) -> None:
        """A session has one link: an older one of the same session ends."""
        for link in list(self.links):
            if link.session is session and link is not by:
                link.session = None
                link.abort()

    def drop(self, session: Session) -> None:
        """End the link of a session."""
        for link in list(self.links):
            if link.session is session:
                link.abort()


class _DialledEnd(LinkEnd):
    def __init__(self, dialler: "Dialler", connection: Connection) -> None:
        super().__init__(dialler.process, connection, connection.back, connection.forth)
        self._dialler = dialler
        self._hello = Hello(
            LINK_VERSION, dialler.kind, dialler.process.name, dialler.incarnation, dialler.wanted, b"nonce"
        )
        self._resumed: Session | None = None
        self.say(self._hello)

    def shake_hands(self, message: handshake.Message) -> None:
        dialler = self._dialler
        match message:
            case Challenge(incarnation, nonce, proof):
                assert handshake.proves(proof, SECRET, "listener", self._hello, incarnation, nonce)
                session = self._resumed = dialler.session_for(incarnation)
                own = handshake.prove(SECRET, "dialler", self._hello, incarnation, nonce)
                self.say(Proof(own, session.received, session.established))
            case Accepted(received) if self._resumed is not None:
                self.stand(self._resumed, dialler.receive, received)
                dialler.linked(self._resumed)
            case Refused(reason):
                dialler.refused(reason)
                self.abort()
            case _:
                raise LinkError("unexpected")

    def lost(self) -> None:
        super().lost()
        self._dialler.lost(self)


class Dialler:
    """Keeps a link to one peer, until `stop`."""

    def __init__(
        self, network: Network, process: Process, kind: MemberKind, incarnation: Incarnation
    ) -> None:
        self.process = process
        self.kind = kind
        self.incarnation = incarnation
        self.wanted: Incarnation = ""
        self.locate: Callable[[], str | None] = lambda: None
        self.session_for: Callable[[Incarnation], Session] = Session
        self.receive: Receive = lambda envelopes: None
        self.linked: Callable[[Session], None] = lambda session: None
        self.refused: Callable[[Refusal], None] = lambda reason: None
        self._network = network
        self._link: _DialledEnd | None = None
        self._is_stopped = False

    def goes_to(self, member: Member, session: Session) -> None:
        """Dial that member, for that session."""
        self.wanted = member.incarnation
        self.locate = lambda: member.address
        self.session_for = lambda incarnation: session

    def dial(self) -> None:
        """Try once; what fails or breaks is tried again."""
        if self._is_stopped:
            return
        address = self.locate()
        if address is None:
            self._retry()
        else:
            self._network.dial(self.process, address, self._dialled)

    def _dialled(self, connection: Connection | None) -> None:
        if connection is None:
            self._retry()
        elif self._is_stopped:
            connection.cut()
            connection.back.is_deaf = True
        else:
            self._link = _DialledEnd(self, connection)

    def lost(self, link: LinkEnd) -> None:
        """The link is gone."""
        if link is self._link:
            self._link = None
            self._retry()

    def _retry(self) -> None:
        self.process.later(self.process.world.random.uniform(*RETRY), self.dial)

    def stop(self) -> None:
        """End the link and dial no more."""
        self._is_stopped = True
        if self._link is not None:
            self._link.abort()
