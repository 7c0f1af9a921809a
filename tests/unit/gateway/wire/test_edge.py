from eventray_gateway.wire.edge import Upgrade


def test_an_upgrade_in_a_log_line_shows_no_credentials() -> None:
    upgrade = Upgrade(
        path="/event/realtime",
        query=b"header=c2VjcmV0",
        headers=[(b"x-api-key", b"secret")],
        subprotocols=("header-c2VjcmV0",),
        client=("127.0.0.1", 1),
        request_id="id",
    )
    assert "secret" not in repr(upgrade)
    assert "c2VjcmV0" not in repr(upgrade)
