"""Every envelope goes over a session and comes out as it was."""

import pytest

from eventray_core.api import Api, ApiKey
from eventray_core.certificates import Certificates, Issuer, ServerCertificate
from eventray_core.control.calls import Answer, Call
from eventray_core.control.code import CodeError
from eventray_core.handling.context import Caller
from eventray_core.handling.refusals import Refusal, RefusalKind
from eventray_core.iam import AccessKey, IamUser
from eventray_core.link import envelopes as e
from eventray_core.link.session import Session
from eventray_core.namespace import ChannelNamespace
from eventray_core.placement.view import EMPTY_VIEW

API = Api(
    api_id="a",
    name="a",
    dns_id="d",
    created=1,
    namespaces={"default": ChannelNamespace(name="default")},
    api_keys={"k": ApiKey(key="k", expires=2)},
)
CALL = Call(
    operation="GetApi", path={"apiId": "a"}, query=(("a", "b"), ("a", "c")), body=b"\xff", principal="p"
)
USER = IamUser(
    arn="arn:aws:iam::000000000000:user/a", access_keys=(AccessKey(access_key_id="A", secret="s"),)
)
FINDING = CodeError(error_type="LINT_ERROR", value="no", line=1, column=2, span=3)
CALLER = Caller("API_KEY", b'{"a":1}', b"{}", "d.example")
ENVELOPES: list[e.Envelope] = [
    e.Join(e.MemberKind.SHARD, "s", "h:1", True, [(1, 2)]),
    e.Renew(1),
    e.Opened([(1, 2)]),
    e.Stuck("g"),
    e.Renewed(1),
    e.ViewChanged(EMPTY_VIEW),
    e.ConfigChanged(1, True, [API], ["b"]),
    e.Removed(),
    e.ControlCall(1, 1000, CALL),
    e.ControlReply(1, Answer(status=404, body=b"{}", error_type="NotFoundException")),
    e.UsersChanged(False, [USER], ["arn:aws:iam::000000000000:user/b"]),
    e.CertificatesChanged(
        Certificates(Issuer(b"r", b"c", b"k"), (ServerCertificate(("a", "*.b"), b"c", b"k", True),))
    ),
    e.CodeWanted("h"),
    e.CodeText("h", None),
    e.CheckCode(1, "code"),
    e.CodeChecked(1, (FINDING,)),
    e.EvaluateCode(1, "code", "{}", "onPublish"),
    e.Evaluated(1, "[]", None, (FINDING,), ("INFO - x",), "{}", "[]"),
    e.Sync(1, [(1, 2)], [(1, "a/b/c")], ["a/b/*"]),
    e.Subscribe(1, 2, 3, "a/b/c", 4),
    e.Unsubscribe(1, "a/b/c"),
    e.Publish(1, 2, 3, 4, 5, "a", "/b/c", ["id"], [b'"1"'], 1000, "00-trace", "idempotent", CALLER),
    e.Ask(1, 2, 3, 4, "a", "/b/*", CALLER),
    e.Subscribed(1, e.Outcome.MOVED),
    e.Published(1, e.Outcome.OK, (("id", "HandlerError", "no"),)),
    e.Published(1, e.Outcome.REFUSED, (), Refusal(RefusalKind.REJECTED, "no", "Type")),
    e.Deliver(1, 2, 3, "a", "/b/c", [b'"\xff"'], None),
    e.HandOver(1, 2, 3, 4),
]


@pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: type(envelope).__name__)
def test_round_trip(envelope: e.Envelope) -> None:
    a, b = Session("b"), Session("a")
    a.connect(0)
    b.connect(0)
    a.send(envelope)
    assert b.receive(a.heartbeat()) == [envelope]


def test_all_kinds_are_here() -> None:
    assert {type(envelope) for envelope in ENVELOPES} == set(e.Envelope.__subclasses__())
