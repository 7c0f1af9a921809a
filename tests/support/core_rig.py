"""The bare core as a service: its routing is a dictionary, its time stands still."""

import enum
import json
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any, assert_never

from eventray_core.api import Api, ApiKey
from eventray_core.auth import Credentials, Decision, Denied, Operation, credentials_from
from eventray_core.channel import Channel, ChannelKey, ChannelPattern, candidate_keys
from eventray_core.errors import BadRequestError, EventRayError
from eventray_core.event import AcceptedEvents
from eventray_core.limits import Limits
from eventray_core.namespace import ChannelNamespace
from eventray_core.publish.request import parse_publish
from eventray_core.publish.response import encode_error, encode_published
from eventray_core.realtime import codec
from eventray_core.realtime.connection import RealtimeConnection
from eventray_core.realtime.effects import Authorize, Close, Drop, Effect, GoLive, Open, Send, StartPublish
from eventray_gateway.auth.authorizer import authenticate, authorize
from eventray_gateway.error_responses import status_of
from tests.conformance.steps import (
    Closed,
    Connect,
    Conversation,
    Hears,
    Leaves,
    Placeholders,
    Post,
    Says,
    Silent,
    Step,
    check_heard,
    fence,
    is_passed_over,
    matches,
)

LIMITS = Limits()
KEY = "da2-abcdefghijklmnopqrstuvwxyz"
API = Api(
    api_id="core",
    name="core",
    dns_id="core",
    created=0,
    namespaces={"default": ChannelNamespace(name="default")},
    api_keys={KEY: ApiKey(key=KEY, expires=2**40)},
)


class Answers(enum.Enum):
    """When a connection's questions are answered: a service may take its time and keeps no order."""

    AT_ONCE = "at once"
    LATER = "later"
    IN_REVERSE = "in reverse"


class CoreClient:
    """One connection, its shell, and the client at its other end."""

    def __init__(self, rig: "CoreRig", credentials: Callable[[], Credentials]) -> None:
        self.heard: deque[Any] = deque()
        self.code: int | None = None
        self._rig = rig
        self._connection = RealtimeConnection(LIMITS, new_id)
        try:
            decision: Decision = authorize(API, Operation.CONNECT, None, credentials())
        except BadRequestError as error:
            self._connection.refuse(error)
        else:
            if isinstance(decision, Denied):
                self._connection.refuse()

    def say(self, data: bytes) -> None:
        """The client sends a message."""
        self._act(self._connection.receive(codec.decode(data)))

    def time_passes(self) -> None:
        """A client that was refused has said nothing for a while."""
        self._act(self._connection.reject_now())

    def leave(self) -> None:
        """The connection is gone."""
        self._act(self._connection.closed())
        assert not self._rig.listens(self), "something is left of a connection that is gone"

    def deliver(self, id_: str, literal: bytes) -> None:
        """An event for a subscription."""
        self.heard.append(json.loads(codec.data_prefix(id_) + literal + codec.DATA_TAIL))

    def _act(self, effects: list[Effect]) -> None:
        self._connection.check_invariants()
        for effect in effects:
            self._carry_out(effect)

    def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send(frame):
                self.heard.append(json.loads(codec.encode(frame)))
            case GoLive(id_, pattern):
                self._rig.audience(pattern)[self, id_] = None
            case Drop(id_, pattern):
                self._rig.audience(pattern).pop((self, id_), None)
            case Close(code):
                self.code = code
                self.leave()
            case _:
                self._ask(effect)

    def _ask(self, effect: Authorize | Open | StartPublish) -> None:
        connection = self._connection
        match effect:
            case Authorize(ticket, operation, channel, credentials):
                decision = authorize(API, operation, channel, credentials)
                self._rig.answer(lambda: self._act(connection.authorized(ticket, decision)))
            case Open(id_):
                self._rig.answer(lambda: self._act(connection.opened(id_)))
            case StartPublish(ticket, channel, accepted):
                # What is started keeps its order, whatever becomes of the answers.
                self._rig.deliver(channel, accepted)
                self._rig.answer(lambda: self._act(connection.published(ticket)))


class CoreRig:
    """Plays conversations."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._questions: deque[Callable[[], None]] = deque()
        self._clients: dict[str, CoreClient] = {}
        self._audiences: dict[ChannelKey, dict[tuple[CoreClient, str], None]] = {}
        self._placeholders = Placeholders(KEY, "core.example.com:8443")
        self._fences = 0

    def play(self, conversation: Conversation) -> None:
        """Play all steps; raises at the first that does not go as it should."""
        for step in conversation.steps:
            self._play(step)
        for client in list(self._clients):
            self._play(Silent(client))
            self._play(Leaves(client))

    def _play(self, step: Step) -> None:
        match step:
            case Connect(client):
                self._clients[client] = CoreClient(self, lambda: self._credentials(step))
            case Says(client, messages):
                for message in messages:
                    self._clients[client].say(self._placeholders.fill(message))
            case Hears():
                self._hear(step)
            case Post():
                self._post(step)
            case Silent() | Closed() | Leaves():
                self._end(step)
            case _:
                assert_never(step)

    def _end(self, step: Silent | Closed | Leaves) -> None:
        client = self._clients[step.client]
        self._settle()
        match step:
            case Silent():
                self._fences += 1
                message, answer = fence(self._fences)
                client.say(self._placeholders.fill(message))
                self._hear(Hears(step.client, answer.frames))
            case Closed(name, code):
                assert (client.code, list(client.heard)) == (code, [])
                del self._clients[name]
            case Leaves(name):
                client.leave()
                del self._clients[name]

    def _credentials(self, step: Connect) -> Credentials:
        subprotocols, headers = self._placeholders.upgrade(step)
        for subprotocol in subprotocols:
            if subprotocol.startswith(codec.HEADER_PREFIX):
                return codec.decode_credentials(subprotocol)
        return credentials_from(headers)

    def _hear(self, step: Hears) -> None:
        client = self._clients[step.client]
        self._settle()
        if not client.heard:
            client.time_passes()
        heard: list[Any] = []
        while client.heard and len(heard) < len(step.frames):
            frame = client.heard.popleft()
            if not is_passed_over(frame, step):
                heard.append(frame)
        check_heard(step, heard)

    # Publishing over HTTP, in the gateway's order

    def _post(self, step: Post) -> None:
        self._settle()
        status, error_type, body = self._publish(step)
        assert (status, error_type) == (step.status, step.error_type), body
        assert matches(step.answer, json.loads(body)), body

    def _publish(self, step: Post) -> tuple[int, str | None, bytes]:
        credentials = credentials_from(self._placeholders.fill_headers(step.headers))
        if isinstance(decision := authenticate(API, credentials), Denied):
            return _denied(decision)
        try:
            request = parse_publish(self._placeholders.fill(step.body), LIMITS, new_id)
        except EventRayError as error:
            return status_of(error), error.error_type, encode_error(error.error_type, error.message)
        if isinstance(decision := authorize(API, Operation.PUBLISH, request.channel, credentials), Denied):
            return _denied(decision)
        self.deliver(request.channel, request.accepted)
        return 200, None, encode_published(request.accepted)

    # What the clients' shells ask

    def audience(self, pattern: ChannelPattern) -> dict[tuple[CoreClient, str], None]:
        """Who listens to a pattern."""
        return self._audiences.setdefault(pattern.key(API.api_id), {})

    def listens(self, client: CoreClient) -> bool:
        """Whether anything is sent to the client."""
        return any(listener is client for audience in self._audiences.values() for listener, _ in audience)

    def deliver(self, channel: Channel, accepted: AcceptedEvents) -> None:
        """Send events to everyone who listens."""
        for key in candidate_keys(channel.key(API.api_id)):
            for client, id_ in self._audiences.get(key, ()):
                for event in accepted.events:
                    client.deliver(id_, event.literal)

    def answer(self, question: Callable[[], None]) -> None:
        """Answer a question now or later."""
        if self._answers is Answers.AT_ONCE:
            question()
        else:
            self._questions.append(question)

    def _settle(self) -> None:
        while self._questions:
            in_order = self._answers is Answers.LATER
            (self._questions.popleft() if in_order else self._questions.pop())()


def _denied(decision: Denied) -> tuple[int, str, bytes]:
    error_type = "UnauthorizedException"
    return decision.status, error_type, encode_error(error_type, decision.message)


def new_id() -> str:
    """As the gateway gives them."""
    return str(uuid.uuid4())
