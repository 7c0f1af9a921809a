"""What members say to one another over links, version 1.

Each is an array on the wire, tagged by its first item. Event payloads are JSON string literals that
nobody between the two edges looks into.
"""

import enum

import msgspec

from eventray_core.api import Api
from eventray_core.certificates import Certificates
from eventray_core.channel import ChannelKey
from eventray_core.control.calls import Answer, Call
from eventray_core.control.code import CodeError
from eventray_core.handling.context import Caller
from eventray_core.handling.refusals import Refusal
from eventray_core.iam import IamUser
from eventray_core.placement.view import Incarnation, View

LINK_VERSION = 1


class Envelope(msgspec.Struct, frozen=True, array_like=True):
    """The base of all envelopes."""


class MemberKind(enum.StrEnum):
    """What a member is."""

    GATEWAY = "gateway"
    SHARD = "shard"
    DIRECTORY = "directory"


class Outcome(enum.IntEnum):
    """How a subscribe or publish ended."""

    OK = 0
    MOVED = 1
    """Not done, nothing ran: the slot is elsewhere, or will be by the next view."""
    UNAVAILABLE = 2
    """Not confirmed: some may have the events, each at most once."""
    REFUSED = 3
    """A handler refused it as a whole: nobody has anything of it."""


# Members to the directory


class Join(Envelope, frozen=True, tag=10):
    """A member introduces itself; `fresh` until the directory has welcomed this incarnation once.

    `address` as in `Member`. A shard tells which slots it has open, as (slot, epoch).
    """

    kind: MemberKind
    name: str
    address: str
    fresh: bool
    open_slots: list[tuple[int, int]] = []


class Renew(Envelope, frozen=True, tag=11):
    """The member lives and asks for its lease; numbered from 1 per incarnation."""

    number: int


class Opened(Envelope, frozen=True, tag=12):
    """The shard serves these slots since those epochs."""

    slots: list[tuple[int, int]]


class Stuck(Envelope, frozen=True, tag=13):
    """A gateway takes nothing from the shard that says so, for longer than it may."""

    gateway: Incarnation


class ControlCall(Envelope, frozen=True, tag=14):
    """A management call, numbered by its gateway.

    The directory does not begin with it after `budget_ms`: whoever made it has been told that it failed.
    """

    number: int
    budget_ms: int
    call: Call


class CodeWanted(Envelope, frozen=True, tag=15):
    """The shard needs the handlers' code of that hash."""

    code_hash: str


class CodeChecked(Envelope, frozen=True, tag=16):
    """The answer to `CheckCode`; `unavailable` says why there is none."""

    number: int
    errors: tuple[CodeError, ...] = ()
    unavailable: str | None = None


class Evaluated(Envelope, frozen=True, tag=17):
    """The answer to `EvaluateCode`.

    `result`, `stash` and `out_errors` are JSON texts. `invalid` says what is wrong with the request,
    `unavailable` why there is no answer.
    """

    number: int
    result: str | None = None
    error: str | None = None
    code_errors: tuple[CodeError, ...] = ()
    logs: tuple[str, ...] = ()
    stash: str = "{}"
    out_errors: str = "[]"
    invalid: str | None = None
    unavailable: str | None = None


# The directory to members


class Renewed(Envelope, frozen=True, tag=20):
    """The lease runs from when that renewal was sent."""

    number: int


class ViewChanged(Envelope, frozen=True, tag=21):
    """The cluster as it is now."""

    view: View


class ConfigChanged(Envelope, frozen=True, tag=22):
    """The configuration's new version; `whole` when it replaces all that was before."""

    version: int
    whole: bool
    changed: list[Api]
    removed: list[str] = []


class Removed(Envelope, frozen=True, tag=23):
    """The incarnation is no longer a member and must not serve."""


class CertificatesChanged(Envelope, frozen=True, tag=24):
    """To gateways only: what to show from now on; it replaces all that was before."""

    certificates: Certificates


class ControlReply(Envelope, frozen=True, tag=25):
    """The answer to `ControlCall`. What the call changed was sent before, if all is well."""

    number: int
    answer: Answer


class UsersChanged(Envelope, frozen=True, tag=26):
    """To gateways only, before the version of the configuration that it belongs to; `removed` are ARNs."""

    whole: bool
    changed: list[IamUser]
    removed: list[str] = []


class CodeText(Envelope, frozen=True, tag=27):
    """To a shard that wanted it; None if no namespace has that code any more."""

    code_hash: str
    code: str | None


class CheckCode(Envelope, frozen=True, tag=28):
    """To one shard: may this code be saved?"""

    number: int
    code: str


class EvaluateCode(Envelope, frozen=True, tag=29):
    """To one shard: run a function of the code with that context, a JSON text."""

    number: int
    code: str
    context: str
    function: str | None = None


# Gateways to shards


class Sync(Envelope, frozen=True, tag=30):
    """All that the gateway wants of those slots, given as (slot, its epoch), as of the view's epoch.

    With it the gateway is registered for the slots. `wide` are its namespace-wide patterns.
    """

    epoch: int
    slots: list[tuple[int, int]]
    interests: list[tuple[int, ChannelKey]]
    wide: list[ChannelKey]


class Subscribe(Envelope, frozen=True, tag=31):
    """The gateway's first wish for a channel or pattern; `slot` -1 for a namespace-wide one."""

    operation: int
    slot: int
    slot_epoch: int
    key: ChannelKey
    config_version: int


class Unsubscribe(Envelope, frozen=True, tag=32):
    """The gateway's last subscription to it is gone."""

    slot: int
    key: ChannelKey


class Publish(Envelope, frozen=True, tag=33):
    """One publication; (the session's gateway, `counter`) is its id.

    `namespace_version` is what the gateway used; `budget_ms` is how long the publisher will wait.
    """

    counter: int
    slot: int
    slot_epoch: int
    config_version: int
    namespace_version: int
    api_id: str
    path: str
    ids: list[str]
    literals: list[bytes]
    budget_ms: int
    traceparent: str | None = None
    idempotency_key: str | None = None
    caller: Caller | None = None
    """Who publishes; there when the namespace has handlers, by what the gateway knows."""


class Ask(Envelope, frozen=True, tag=34):
    """May this caller subscribe to the channel or pattern at `path`? Its namespace has handlers.

    Numbered with the gateway's publications, and answered by `Published` as they are. It registers nothing.
    """

    counter: int
    slot: int
    slot_epoch: int
    config_version: int
    api_id: str
    path: str
    caller: Caller


# Shards to gateways


class Subscribed(Envelope, frozen=True, tag=40):
    """The answer to `Subscribe`."""

    operation: int
    outcome: Outcome


class Published(Envelope, frozen=True, tag=41):
    """The answer to `Publish` and `Ask`.

    With OK, `failed` are events that a handler failed one by one, as (id, code, message). With REFUSED there
    is a `refusal`.
    """

    counter: int
    outcome: Outcome
    failed: tuple[tuple[str, str, str], ...] = ()
    refusal: Refusal | None = None


class Deliver(Envelope, frozen=True, tag=42):
    """Events of one channel, of one publication; `seq` numbers the first within (slot, epoch)."""

    slot: int
    epoch: int
    seq: int
    api_id: str
    path: str
    literals: list[bytes]
    traceparent: str | None = None


# Shards to shards


class HandOver(Envelope, frozen=True, tag=50):
    """The old owner is done with the slot: `numbering_epoch` and `next_seq` go on with the new one.

    `epoch` is that of the new ownership.
    """

    slot: int
    epoch: int
    numbering_epoch: int
    next_seq: int


AnyEnvelope = (
    Join
    | Renew
    | Opened
    | Stuck
    | Renewed
    | ViewChanged
    | ConfigChanged
    | Removed
    | CertificatesChanged
    | ControlCall
    | CodeWanted
    | CodeChecked
    | Evaluated
    | CodeText
    | CheckCode
    | EvaluateCode
    | ControlReply
    | UsersChanged
    | Sync
    | Subscribe
    | Unsubscribe
    | Publish
    | Ask
    | Subscribed
    | Published
    | Deliver
    | HandOver
)
