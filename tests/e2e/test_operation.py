"""What operators and load balancers see of a gateway."""

import json
import re
from pathlib import Path

import httpx

from eventray_core.limits import Limits
from eventray_core.realtime.codec import data_prefix
from tests.support.client import Client, Publisher
from tests.support.rig import Rig, running, until


async def get(rig: Rig, path: str, gateway: int = 0) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(f"http://{rig.addresses[gateway]}{path}")


async def test_every_answer_has_a_request_id_of_its_own(rig: Rig) -> None:
    ids = set()
    async with Publisher(rig.url(), rig.api_key) as publisher:
        answers = [await publisher.publish("/default/a", 1), await publisher.publish("/nobody/a", 1)]
    for path in ("/healthz", "/readyz", "/metrics", "/event", "/nothing"):
        answers.append(await get(rig, path))
    for answer in answers:
        ids.add(answer.headers["x-amzn-requestid"])
    assert len(ids) == len(answers)
    async with Client.connect_to(rig) as client:
        assert client.socket.response is not None
        assert client.socket.response.headers["x-amzn-RequestId"] not in ids


async def test_metrics_count_what_happens(rig: Rig) -> None:
    async def metrics() -> dict[str, float]:
        lines = (await get(rig, "/metrics")).text.splitlines()
        found = (re.fullmatch(r"eventray_(\S+) ([\d.e+]+)", line) for line in lines)
        return {match[1]: float(match[2]) for match in found if match}

    async with Client.connect_to(rig) as client, Publisher(rig.url(), rig.api_key) as publisher:
        subscription = await client.subscribe("/default/*")
        for _ in range(3):
            await publisher.publish("/default/m", 1, 22)
        await client.publish("/default/m", 333)
        await client.publish("/nobody/m", 1)
        assert len(await client.until_events(subscription, 7)) == 7

        async def is_flushed() -> bool:
            return (await metrics()).get("deliveries_total", 0) >= 7

        await until(is_flushed)
        numbers = await metrics()
    assert numbers["connections"] == 1
    assert numbers["subscriptions"] == 1
    assert numbers["connections_opened_total"] == 1
    assert numbers["events_total"] == 7
    assert numbers["event_bytes_total"] == sum(len(json.dumps(e)) for e in ["1", "22"] * 3 + ["333"])
    assert numbers["deliveries_total"] == 7
    frame = len(data_prefix(subscription)) + len('"1"') + len("}") + 2
    assert numbers["delivery_bytes_total"] >= 7 * frame
    assert numbers["publish_requests_total"] == 4
    assert numbers['errors_total{type="UnauthorizedException"}'] == 1
    assert numbers["loop_lag_milliseconds"] >= 0
    assert numbers['link_queue_bytes{shard="channel-shard-0"}'] == 0


async def test_the_page_at_the_root_offers_only_what_there_is(rig: Rig) -> None:
    page = await get(rig, "/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "content-security-policy" in page.headers
    assert rig.api_key not in page.text
    assert "/ca.pem" not in page.text
    refused = await get(rig, "/ca.pem")
    assert (refused.status_code, refused.headers["x-amzn-errortype"]) == (404, "NotFoundException")


async def test_a_gateway_without_a_directory_is_healthy_but_not_ready(rig: Rig) -> None:
    assert (await get(rig, "/healthz")).status_code == 200
    assert (await get(rig, "/readyz")).status_code == 200
    assert rig.directory is not None
    old, rig.directory = rig.directory, None
    await old.stop()

    async def is_not_ready() -> bool:
        return (await get(rig, "/readyz")).status_code == 503

    await until(is_not_ready)
    assert (await get(rig, "/healthz")).status_code == 200


async def test_draining_closes_connections_after_their_answers(rig: Rig) -> None:
    async with Client.connect_to(rig, 0) as client, Client.connect_to(rig, 1) as other:
        await client.subscribe("/default/a")
        await rig.gateways[0].drain(5)
        await client.until_closed()
        assert client.socket.close_code == 1001
        assert not rig.gateways[0].is_healthy()
        subscription = await other.subscribe("/default/a")
        await other.publish("/default/a", "goes on")
        assert await other.until_events(subscription, 1) == ["goes on"]


async def test_a_consumer_that_does_not_read_is_disconnected_and_others_are_not(rig: Rig) -> None:
    big = "x" * 200_000
    async with (
        Client.connect_to(rig, 0) as reader,
        Publisher(rig.url(0), rig.api_key) as publisher,
        await Client.connect(rig.realtime_url(0), rig.api_key) as stuck,
    ):
        subscription = await reader.subscribe("/default/big")
        await stuck.subscribe("/default/big")
        stuck.socket.transport.pause_reading()
        sent = 0
        while rig.gateways[0].counters.slow_consumers == 0:
            assert (await publisher.publish("/default/big", big)).status_code == 200
            sent += 1
            assert sent < 200
        await reader.until_events(subscription, sent)
        stuck.socket.transport.resume_reading()
        await stuck.until_closed()
        assert rig.gateways[0].counters.connections == 1


async def test_cors_preflight_allows_any_origin(rig: Rig) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.options(
            rig.url(),
            headers={
                "Origin": "null",
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "x-api-key,content-type",
            },
        )
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "x-api-key,content-type"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-max-age"] == "172800"


async def test_keep_alives_come_by_interval_asked_for_or_not(tmp_path: Path) -> None:
    limits = Limits(keep_alive_interval_ms=300)
    ack = {"type": "connection_ack", "connectionTimeoutMs": 300_000}
    async with (
        running(tmp_path, limits=limits) as rig,
        Client.connect_to(rig) as silent,
        Client.connect_to(rig) as client,
    ):
        await client.send({"type": "connection_init"})
        await client.until(lambda: ack in client.frames)
        first = client.frames.index(ack)
        await client.until(lambda: len(client.frames) >= first + 5)
        assert client.frames[first + 1 : first + 5] == [{"type": "ka"}] * 4
        await silent.until(lambda: len(silent.frames) >= 4)
        assert silent.frames[:4] == [{"type": "ka"}] * 4
