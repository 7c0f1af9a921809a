import pickle

import pytest

from eventray_core.members import DirectoryConfig, GatewayConfig, LinkTls, ShardConfig, Timing

TLS = LinkTls("cert.pem", "key.pem", "ca.pem")
CONFIGS = [
    DirectoryConfig("directory", "127.0.0.1", b"secret", tls=TLS),
    ShardConfig("shard", "127.0.0.1", b"secret"),
    GatewayConfig("gateway", "::1", 8080, b"secret", advertise_host="node-1", timing=Timing(lease_ms=500)),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: type(config).__name__)
def test_what_an_actor_is_started_with_travels_to_it(
    config: DirectoryConfig | ShardConfig | GatewayConfig,
) -> None:
    assert pickle.loads(pickle.dumps(config)) == config


def test_an_answer_waits_longer_than_a_lease_lasts() -> None:
    timing = Timing()
    assert timing.confirm_ms > timing.lease_ms > timing.link_silence_ms > timing.renew_ms
