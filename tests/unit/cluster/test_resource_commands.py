"""The everyday commands, run in this process against a running service."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.support.client import Publisher
from tests.support.rig import Rig, running
from typer.testing import CliRunner

from eventray_cluster.cli import app
from eventray_cluster.errors import CommandError

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUR = 3_600
DAY = 24 * HOUR


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with running(tmp_path_factory.mktemp("data"), shards=1) as rig:
        yield rig


async def run(service: Rig, *words: str) -> tuple[int, str, str]:
    """Exit code, output, and what is complained of."""
    variables = {
        "EVENTRAY_CONTROL_URL": service.control_url(),
        "EVENTRAY_ACCESS_KEY_ID": service.access_key_id,
        "EVENTRAY_SECRET_ACCESS_KEY": service.secret_access_key,
    }
    invoked = await asyncio.to_thread(CliRunner().invoke, app, list(words), env=variables)
    if isinstance(invoked.exception, CommandError):
        return invoked.exception.code, invoked.stdout, str(invoked.exception)
    return invoked.exit_code, invoked.stdout, invoked.stderr


async def done(service: Rig, *words: str) -> list[dict[str, Any]]:
    """What a command that succeeds prints."""
    code, out, complaint = await run(service, *words)
    assert (code, complaint) == (0, ""), words
    return [json.loads(line) for line in out.splitlines()]


async def test_from_an_apis_making_to_its_end(service: Rig) -> None:
    [api] = await done(service, "apis", "create", "shop", "--contact", "somebody")
    assert (api["name"], api["ownerContact"]) == ("shop", "somebody")
    assert await done(service, "apis", "show", "shop") == [api]
    assert await done(service, "apis", "show", api["apiId"]) == [api]
    assert [a["name"] for a in await done(service, "apis", "list")] == ["default", "shop"]
    [namespace] = await done(service, "namespaces", "create", "orders", "--api", "shop")
    assert await done(service, "namespaces", "show", "orders", "--api", "shop") == [namespace]
    [key] = await done(service, "keys", "create", "--api", "shop", "--days", "30", "--description", "web")
    assert await done(service, "keys", "show", key["id"], "--api", "shop") == [key]
    assert key["expires"] // HOUR == (int(time.time()) + 30 * DAY) // HOUR
    async with Publisher(api["httpUrl"], key["id"]) as publisher:
        assert (await publisher.publish("/orders/new", 1)).status_code == 200
    assert await done(service, "keys", "delete", key["id"], "--api", api["apiId"]) == []
    assert await done(service, "keys", "list", "--api", "shop") == []
    assert await done(service, "namespaces", "delete", "orders", "--api", "shop") == []
    assert await done(service, "namespaces", "list", "--api", "shop") == []
    assert await done(service, "apis", "delete", "shop") == []
    assert [a["name"] for a in await done(service, "apis", "list")] == ["default"]


async def test_without_an_api_the_oldest_is_meant(service: Rig) -> None:
    [namespace] = await done(service, "namespaces", "list")
    assert namespace["name"] == "default"
    assert [key["id"] for key in await done(service, "keys", "list")] == [service.api_key]
    [key] = await done(service, "keys", "create", "--days", "1")
    assert key["expires"] >= time.time() + DAY - HOUR
    await done(service, "keys", "delete", key["id"])


async def test_urls_are_those_of_the_management_api_that_was_reached(service: Rig) -> None:
    [api] = await done(service, "apis", "list")
    assert api["httpUrl"] == service.api_url(api["apiId"])
    assert api["realtimeUrl"] == f"ws{service.api_url(api['apiId'])[4:]}/realtime"


async def test_a_configuration_and_code_come_from_files(service: Rig, tmp_path: Path) -> None:
    by_iam = [{"authType": "AWS_IAM"}]
    names = (
        "authProviders",
        "connectionAuthModes",
        "defaultPublishAuthModes",
        "defaultSubscribeAuthModes",
    )
    (tmp_path / "config.json").write_text(json.dumps(dict.fromkeys(names, by_iam)))
    (tmp_path / "code.js").write_text("export function onPublish(ctx) { return ctx.events }")
    [api] = await done(service, "apis", "create", "signed", "--event-config", str(tmp_path / "config.json"))
    assert api["eventConfig"]["authProviders"] == by_iam
    code = str(tmp_path / "code.js")
    [namespace] = await done(service, "namespaces", "create", "n", "--api", "signed", "--code", code)
    assert namespace["codeHandlers"] == (tmp_path / "code.js").read_text()
    await done(service, "apis", "delete", "signed")


async def test_two_of_the_same_name_are_told_apart_by_their_ids(service: Rig) -> None:
    twins = [(await done(service, "apis", "create", "twin"))[0]["apiId"] for _ in range(2)]
    code, _, complaint = await run(service, "apis", "show", "twin")
    assert (code, complaint) == (2, "There are 2 APIs named 'twin': give the id of one.")
    for api_id in twins:
        await done(service, "apis", "delete", api_id)


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("apis", "show", "none"), 1, "There is no API 'none'."),
        (("keys", "show", "da2-none"), 1, "The API has no such key."),
        (("namespaces", "show", "none"), 1, "NotFoundException: Channel namespace none not found."),
        (("namespaces", "create", "default"), 1, "ConflictException"),
        (("apis", "create", "?"), 1, "BadRequestException"),
        (("apis", "create", "a", "--event-config", "none.json"), 2, "The file none.json cannot be read"),
        (("namespaces", "create", "a", "--code", "none.js"), 2, "The file none.js cannot be read"),
        (("keys", "create", "--days", "366"), 2, ""),
    ],
)
async def test_what_goes_wrong_is_told_in_a_sentence(
    service: Rig, words: tuple[str, ...], code: int, complaint: str
) -> None:
    found = await run(service, *words)
    assert (found[0], found[1]) == (code, "")
    assert complaint in found[2]


async def test_files_that_are_none(service: Rig, tmp_path: Path) -> None:
    (tmp_path / "bad").write_bytes(b"\xff{")
    for words in (("apis", "create", "a", "--event-config"), ("namespaces", "create", "a", "--code")):
        code, _, complaint = await run(service, *words, str(tmp_path / "bad"))
        assert code == 2
        assert "is not a text in UTF-8" in complaint
    (tmp_path / "bad").write_text("{")
    code, _, complaint = await run(service, "apis", "create", "a", "--event-config", str(tmp_path / "bad"))
    assert code == 2
    assert "is not JSON" in complaint
