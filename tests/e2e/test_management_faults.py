"""Management calls while gateways hang, links break and the directory dies."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.client import Publisher
from tests.support.management import EVENT_CONFIG
from tests.support.rig import Rig, running, until
from tests.support.signed_http import SignedHttp
from tests.support.tcp_proxy import TcpProxy, proxying

CONFIRM_S = 1.0
"""How long an answer waits for gateways that say nothing; `Timing.configure_ms`."""


@asynccontextmanager
async def with_a_proxied_gateway(data_dir: Path) -> AsyncIterator[tuple[Rig, TcpProxy]]:
    """Two gateways; the second one's link to the directory goes through a proxy."""
    async with running(data_dir, gateways=1) as rig, proxying(await rig.locate()) as proxy:

        async def by_way_of_the_proxy() -> str:
            return proxy.address

        straight, rig.locate = rig.locate, by_way_of_the_proxy  # type: ignore[method-assign] # for one gateway
        await rig.start_gateway()
        rig.locate = straight  # type: ignore[method-assign]
        await rig.until_ready()
        yield rig, proxy


async def new_key(http: SignedHttp, api_id: str, gateway: int = 0) -> str:
    key: str = (await http.post(f"/v1/apis/{api_id}/apikeys", {}, gateway))["apiKey"]["id"]
    return key


async def test_a_gateway_that_hangs_costs_a_second_and_no_more(tmp_path: Path) -> None:
    async with with_a_proxied_gateway(tmp_path) as (rig, proxy), SignedHttp(rig) as http:
        begun = time.monotonic()
        await new_key(http, rig.api_id)
        assert time.monotonic() - begun < CONFIRM_S
        proxy.freeze()
        begun = time.monotonic()
        key = await new_key(http, rig.api_id)
        assert CONFIRM_S <= time.monotonic() - begun < CONFIRM_S + 1
        async with Publisher(rig.url(0), key) as knows, Publisher(rig.url(1), key) as hangs:
            assert (await knows.publish("/default/a", 1)).status_code == 200
            assert (await hangs.publish("/default/a", 1)).status_code == 401
            proxy.thaw()

            async def has_heard() -> bool:
                return (await hangs.publish("/default/a", 1)).status_code == 200

            await until(has_heard)


async def test_calls_do_not_wait_for_one_anothers_confirmations(tmp_path: Path) -> None:
    async with with_a_proxied_gateway(tmp_path) as (rig, proxy), SignedHttp(rig) as http:
        proxy.freeze()
        begun = time.monotonic()
        await asyncio.gather(*(new_key(http, rig.api_id) for _ in range(10)))
        assert time.monotonic() - begun < 5 * CONFIRM_S, "in turn it would be ten seconds"
        proxy.thaw()


async def test_a_call_survives_its_link_and_is_done_once(tmp_path: Path) -> None:
    async with with_a_proxied_gateway(tmp_path) as (rig, proxy), SignedHttp(rig) as http:
        proxy.freeze()
        held = proxy.held
        call = asyncio.create_task(new_key(http, rig.api_id, gateway=1))

        async def is_on_its_way() -> bool:
            return proxy.held > held

        await until(is_on_its_way)
        proxy.cut()
        proxy.thaw()
        key = await call
        listed = (await http.get(f"/v1/apis/{rig.api_id}/apikeys"))["apiKeys"]
        assert sorted(k["id"] for k in listed) == sorted([rig.api_key, key])


async def test_what_was_acknowledged_is_there_once_whenever_the_directory_dies(tmp_path: Path) -> None:
    async with running(tmp_path, gateways=2) as rig, SignedHttp(rig) as http:
        acknowledged: list[str] = []
        statuses: set[int] = set()

        async def create(number: int) -> None:
            body = {"name": f"api-{number}", "eventConfig": EVENT_CONFIG}
            answer = await http.ask("POST", "/v2/apis", body, gateway=number % 2)
            statuses.add(answer.status_code)
            if answer.status_code == 200:
                acknowledged.append(f"api-{number}")

        for first in range(0, 40, 8):
            calls = [asyncio.create_task(create(number)) for number in range(first, first + 8)]
            if first % 16 == 0:
                await _replace_directory(rig)
            await asyncio.gather(*calls)
        names = await _names(http)
        assert statuses <= {200, 503}
        assert len(names) == len(set(names)), "none was made twice"
        assert set(acknowledged) <= set(names)
        assert acknowledged


async def _replace_directory(rig: Rig) -> None:
    """The directory ends in the middle of what it does, and another begins with what is stored."""
    assert rig.directory is not None
    old, rig.directory = rig.directory, None
    await old.stop()
    rig.start_directory()
    await rig.until_ready()


async def _names(http: SignedHttp) -> list[str]:
    names: list[str] = []
    token = ""

    async def page() -> Any:
        answer: httpx.Response = await http.ask("GET", f"/v2/apis?{token and 'nextToken=' + token}")
        return answer.json() if answer.status_code == 200 else None

    while True:
        found = await page()
        if found is None:
            continue  # the gateways have not found the new directory yet
        names += [api["name"] for api in found["apis"]]
        token = found.get("nextToken") or ""
        if not token:
            return names
