"""As much configuration as AWS's quotas allow: 2,500 namespaces over 50 APIs."""

import time
from pathlib import Path

import httpx

from tests.support.client import Publisher
from tests.support.management import Management, appsync
from tests.support.many_apis import fill
from tests.support.rig import running

APIS = 49
"""Besides the one that every server begins with."""
NAMESPACES = 50
GATEWAY_START_S = 2.0
CHANGE_S = 1.0


async def first_answer(publisher: Publisher) -> int:
    """The status of the first answer of a gateway that knows its configuration: before that it is 503."""
    while True:
        try:
            answer = await publisher.publish("/n49/a", 1)
        except httpx.ConnectError:
            continue  # it does not listen yet
        if answer.status_code != 503:
            return answer.status_code


async def test_a_gateway_starts_and_hears_of_changes_in_time(tmp_path: Path) -> None:
    async with running(tmp_path, gateways=1):
        pass
    ids = await fill(tmp_path, APIS, NAMESPACES)
    async with running(tmp_path, gateways=1) as rig:
        begun = time.monotonic()
        await rig.start_gateway()
        async with Publisher(rig.api_url(ids[-1], 1), f"da2-{ids[-1]}") as publisher:
            assert await first_answer(publisher) == 200
        assert time.monotonic() - begun < GATEWAY_START_S
        manage = Management(appsync(rig))
        listed = await manage.pages("list_apis")
        assert sum(len(page["apis"]) for page in listed) == APIS + 1
        for number in range(5):
            begun = time.monotonic()
            key = await manage.new_key(ids[number])
            async with Publisher(rig.api_url(ids[number], 1), key) as publisher:
                assert (await publisher.publish("/n0/a", 1)).status_code == 200
            assert time.monotonic() - begun < CHANGE_S
        begun = time.monotonic()
        await manage.delete_channel_namespace(apiId=ids[0], name="n0")
        async with Publisher(rig.api_url(ids[0], 1), f"da2-{ids[0]}") as publisher:
            assert (await publisher.publish("/n0/a", 1)).status_code == 403
        assert time.monotonic() - begun < CHANGE_S
