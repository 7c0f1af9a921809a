"""What a shard knows of a gateway."""

import pytest

from eventray_core.link.envelopes import Outcome, Published
from eventray_core.link.session import Session
from eventray_core.shard.peers import Peer, Peers


def test_who_is_no_member_hears_nothing() -> None:
    peers = Peers({"g1": Peer(Session("g1"))})
    peers.say("g1", Published(1, Outcome.OK))
    peers.say("g2", Published(1, Outcome.OK))
    assert list(peers) == ["g1"]
    assert peers["g1"].session.last == 1


def test_a_gateway_is_over_its_bound_by_what_it_has_not_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eventray_core.shard.peers.MAX_UNCONFIRMED_BYTES", 3)
    peer = Peer(Session("g1"))
    peer.session.connect(0)
    peer.session.send_encoded(b"abc")
    assert not peer.is_over
    peer.session.send_encoded(b"d")
    assert peer.is_over
    peer.session.disconnect()
    peer.session.connect(1)
    assert not peer.is_over
