"""Publishes that race with changes of the configuration: each sees one version of it, whole."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from tests.support.client import Client, Publisher
from tests.support.management import BY_KEY, EVENT_CONFIG, Management, appsync
from tests.support.rig import Rig, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

BY_IAM = [{"authType": "AWS_IAM"}]
CONFIG = {**EVENT_CONFIG, "authProviders": BY_KEY + BY_IAM}
MARK = "export const onPublish = (ctx) => ctx.events.map((e) => ({ id: e.id, payload: [e.payload, '%s'] }))"
OPEN = {"publishAuthModes": BY_KEY, "codeHandlers": MARK % "open"}
CLOSED = {"publishAuthModes": BY_IAM, "codeHandlers": MARK % "closed"}
CHANGES = 40


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with running(tmp_path_factory.mktemp("data"), gateways=2) as rig:
        yield rig


@pytest.fixture(scope="module")
def manage(service: Rig) -> Management:
    return Management(appsync(service))


async def changing(manage: Management, api_id: str) -> None:
    """Let keys in, with one handler, or keep them out, with another."""
    for number in range(CHANGES):
        config = CLOSED if number % 2 == 0 else OPEN
        await manage.update_channel_namespace(apiId=api_id, name="news", **config)


async def publishing(publisher: Publisher, first: int, until: asyncio.Task[None]) -> dict[int, Any]:
    """Publish pairs of the same number again and again; returns the answers by number."""
    answers: dict[int, Any] = {}
    while not until.done():
        number = first + 10 * len(answers)
        answers[number] = await publisher.publish("/news/a", number, number)
    return answers


async def test_a_publish_sees_the_old_or_the_new_configuration(service: Rig, manage: Management) -> None:
    api_id = (await manage.create_api(name="racing", eventConfig=CONFIG))["api"]["apiId"]
    await manage.create_channel_namespace(apiId=api_id, name="news", **OPEN)
    key = await manage.new_key(api_id)
    url = f"ws://{service.addresses[0]}/apis/{api_id}/event/realtime"
    urls = [service.api_url(api_id, number % 2) for number in range(4)]
    async with await Client.connect(url, key) as client, AsyncExitStack() as stack:
        subscription = await client.subscribe("/news/*")
        publishers = [await stack.enter_async_context(Publisher(url, key)) for url in urls]
        changes = asyncio.create_task(changing(manage, api_id))
        answers: dict[int, Any] = {}
        for part in await asyncio.gather(
            *(publishing(publisher, first, changes) for first, publisher in enumerate(publishers))
        ):
            answers.update(part)
        await changes
        statuses = {answer.status_code for answer in answers.values()}
        taken = sorted(number for number, answer in answers.items() if answer.status_code == 200)
        events = await client.until_events(subscription, 2 * len(taken))
    # Refused by one configuration, or let in and marked by the other: there is no third way.
    assert statuses == {200, 403}
    assert {mark for _, mark in events} == {"open"}
    assert sorted(number for number, _ in events) == sorted(2 * taken)
