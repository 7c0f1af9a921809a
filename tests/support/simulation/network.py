"""Connections between processes: ordered both ways, until they break."""

from collections import deque
from collections.abc import Callable
from functools import partial

from eventray_core.link.session import Session
from tests.support.simulation.world import Process, World

SILENCE = 2.0
"""An end that hears nothing for so long gives up, as the real ones do by missing heartbeats."""
DIAL_TIMEOUT = 1.0


class Pipe:
    """One direction of a connection. What was sent arrives in order, or from some point on not at all."""

    def __init__(self, world: World, to: Process) -> None:
        self._world = world
        self.to = to
        self.received: Callable[[bytes], None] = lambda frame: None
        self.lost: Callable[[], None] = lambda: None
        self.is_deaf = False
        """Nobody reads at its end any more."""
        self._is_blocked = False
        self._delayed_until = 0.0
        self._is_cut = False
        self._flying: deque[tuple[float, bytes | None]] = deque()

    def send(self, frame: bytes) -> None:
        """Let a frame fly."""
        if not self._is_cut:
            self._fly(frame, self._latency())

    def _latency(self) -> float:
        random = self._world.random
        return random.uniform(0.05, 0.5) if random.random() < 0.05 else random.uniform(0.0005, 0.01)

    def _fly(self, frame: bytes | None, latency: float) -> None:
        arrival = self._world.now + latency
        if self._flying:
            arrival = max(arrival, self._flying[-1][0])
        self._flying.append((arrival, frame))
        self._world.after(arrival - self._world.now, self._pump)

    @property
    def is_stalled(self) -> bool:
        """Whether nothing arrives at the moment."""
        return self._is_blocked or self._world.now < self._delayed_until

    def _pump(self) -> None:
        while self._flying and self._flying[0][0] <= self._world.now and not self.is_stalled:
            _, frame = self._flying.popleft()
            self.to.input(partial(self._arrived, frame))

    def _arrived(self, frame: bytes | None) -> None:
        if self.is_deaf:
            return
        if frame is None:
            self.lost()
        else:
            self.received(frame)

    def block(self) -> None:
        """Nothing arrives, nothing is lost."""
        self._is_blocked = True

    def unblock(self) -> None:
        """What was blocked arrives."""
        self._is_blocked = False
        self._pump()

    def delay(self, seconds: float) -> None:
        """Nothing arrives for a while."""
        self._delayed_until = self._world.now + seconds
        self._world.after(seconds, self._pump)

    def resume(self) -> None:
        """What was held up arrives."""
        self._is_blocked = False
        self._delayed_until = 0.0
        self._pump()

    def cut(self, kept: float = 1.0, delay: float = 0.0) -> None:
        """End of file after that share of what flies."""
        if not self._is_cut:
            self._is_cut = True
            for _ in range(round(len(self._flying) * (1 - kept))):
                self._flying.pop()
            self._fly(None, delay)
            self.resume()

    @property
    def flying(self) -> int:
        """How many frames are under way."""
        return len(self._flying)


class Connection:
    """Two pipes."""

    def __init__(
        self, world: World, dialler: Process, listener: Process, written: dict[Session, list[bytes]]
    ) -> None:
        self.world = world
        self.written = written
        """All frames that ever were sent, on this connection and on others, by the sending end's session."""
        self.repeaters: list[Callable[[], None]] = []
        """Each sends an old frame of the session once more."""
        self.processes = (dialler, listener)
        self.forth = Pipe(world, listener)
        self.back = Pipe(world, dialler)

    @property
    def pipes(self) -> tuple[Pipe, Pipe]:
        """Both directions."""
        return self.forth, self.back

    def is_between(self, one: Process, other: Process) -> bool:
        """Whether it joins these two."""
        return {one, other} == set(self.processes)

    @property
    def is_over(self) -> bool:
        """Whether nobody listens at either end."""
        return self.forth.is_deaf and self.back.is_deaf

    def cut(self) -> None:
        """It breaks: of what flies some arrives, and the ends notice at different times."""
        random = self.world.random
        for pipe in self.pipes:
            pipe.cut(random.choice((0.0, 0.5, 1.0)), random.choice((0.0, 0.01, 0.3, SILENCE)))


class Network:
    """Who listens where, and all connections."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.listeners: dict[str, tuple[Process, Callable[[Connection], None]]] = {}
        self._connections: list[Connection] = []
        self._blocked: set[frozenset[Process]] = set()
        self._written: dict[Session, list[bytes]] = {}

    def repeat(self, one: Process, other: Process) -> None:
        """Old frames between these two arrive again."""
        for connection in self.between(one, other):
            for repeater in connection.repeaters:
                repeater()

    def listen(self, address: str, process: Process, accept: Callable[[Connection], None]) -> None:
        """Connections to the address go there."""
        self.listeners[address] = (process, accept)

    def is_refused(self, address: str) -> bool:
        """Whether a machine says that nothing listens there."""
        process, _ = self.listeners[address]
        return not process.is_alive and not process.is_silent

    def dial(self, process: Process, address: str, done: Callable[[Connection | None], None]) -> None:
        """Connect; `done` hears of it in the dialling process."""
        listener, accept = self.listeners[address]
        if self._is_blocked(process, listener) or listener.is_silent:
            process.later(DIAL_TIMEOUT, lambda: done(None))
        elif not listener.is_alive:
            process.later(0.001, lambda: done(None))
        else:
            connection = Connection(self.world, process, listener, self._written)
            self._connections.append(connection)
            listener.input(lambda: accept(connection))
            process.later(0.001, lambda: done(connection))

    def _is_blocked(self, one: Process, other: Process) -> bool:
        return frozenset((one, other)) in self._blocked

    def between(self, one: Process, other: Process) -> list[Connection]:
        """The connections that join these two."""
        self._connections = [c for c in self._connections if not c.is_over]
        return [c for c in self._connections if c.is_between(one, other)]

    def of(self, process: Process) -> list[Connection]:
        """All connections of a process."""
        self._connections = [c for c in self._connections if not c.is_over]
        return [c for c in self._connections if process in c.processes]

    def cut(self, one: Process, other: Process) -> None:
        """Break what joins these two; they may connect again."""
        for connection in self.between(one, other):
            connection.cut()

    def delay(self, sender: Process, receiver: Process, seconds: float) -> None:
        """What one says takes its time to reach the other, on the present connections."""
        for connection in self.between(sender, receiver):
            for pipe in connection.pipes:
                if pipe.to is receiver:
                    pipe.delay(seconds)

    def slow(self, receiver: Process, seconds: float) -> None:
        """All that is said to one takes its time."""
        for connection in self.of(receiver):
            for pipe in connection.pipes:
                if pipe.to is receiver:
                    pipe.delay(seconds)

    def block(self, one: Process, other: Process, seconds: float) -> None:
        """Nothing passes between these two for that time; after a while the ends give up."""
        self._blocked.add(frozenset((one, other)))
        self.world.after(seconds, partial(self._unblock, one, other))
        for connection in self.between(one, other):
            for pipe in connection.pipes:
                pipe.block()
            self.world.after(SILENCE, partial(self._give_up, connection))

    def _give_up(self, connection: Connection) -> None:
        for pipe in connection.pipes:
            if pipe.is_stalled:
                pipe.cut(0.0)

    def _unblock(self, one: Process, other: Process) -> None:
        self._blocked.discard(frozenset((one, other)))
        for connection in self.between(one, other):
            for pipe in connection.pipes:
                pipe.unblock()

    def heal(self) -> None:
        """Everything passes again."""
        self._blocked.clear()
        for connection in self._connections:
            for pipe in connection.pipes:
                pipe.resume()

    def froze(self, process: Process) -> None:
        """A process stands still: the others hear nothing of it, and give up after a while."""
        since = process.frozen_since
        for connection in self.of(process):
            self.world.after(SILENCE, partial(self._abandon, connection, process, since))

    def _abandon(self, connection: Connection, frozen: Process, since: float | None) -> None:
        if frozen.frozen_since is not None and frozen.frozen_since == since:
            for pipe in connection.pipes:
                pipe.cut()

    def died(self, process: Process) -> None:
        """Its connections end; what it wrote before may still arrive."""
        for connection in self.of(process):
            for pipe in connection.pipes:
                if pipe.to is process:
                    pipe.is_deaf = True
                else:
                    pipe.cut(self.world.random.choice((0.0, 1.0)), SILENCE if process.is_silent else 0.0)
