"""The AWS CLI and AWS's SDK for JavaScript, unmodified, each from making an API to its end."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.client import Publisher
from tests.support.management import EVENT_CONFIG, REGION
from tests.support.rig import Rig, running

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

AWS = Path(sys.executable).parent / "aws"
SHORTHAND = ",".join(f"{name}=[{{authType=API_KEY}}]" for name in EVENT_CONFIG)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    async with running(tmp_path_factory.mktemp("data"), gateways=2) as rig:
        yield rig


def environment(service: Rig, folder: Path) -> dict[str, str]:
    """What AWS's programs read, and nothing of the user's own."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "AWS_ACCESS_KEY_ID": service.access_key_id,
        "AWS_SECRET_ACCESS_KEY": service.secret_access_key,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL_APPSYNC": service.control_url(),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_PAGER": "",
    }


async def run(command: list[str], variables: dict[str, str]) -> tuple[int, str, str]:
    """Exit code, output and errors of a program."""
    process = await asyncio.create_subprocess_exec(
        *command, env=variables, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


class AwsCli:
    """`aws appsync …` against the service."""

    def __init__(self, service: Rig, folder: Path) -> None:
        self.variables = environment(service, folder)

    async def __call__(self, *words: str) -> Any:
        """What it prints, as JSON; None for nothing."""
        code, out, err = await self.run(*words)
        assert code == 0, err
        return json.loads(out) if out.strip() else None

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output and errors."""
        return await run([str(AWS), "appsync", *words], self.variables)


async def test_the_aws_cli(service: Rig, tmp_path: Path) -> None:
    aws = AwsCli(service, tmp_path)
    api = (await aws("create-api", "--name", "by CLI", "--event-config", SHORTHAND))["api"]
    api_id, arn = api["apiId"], api["apiArn"]
    of_api = ("--api-id", api_id)
    (tmp_path / "handler.js").write_text("export function onPublish(ctx) { return ctx.events }\n")
    await aws("create-channel-namespace", *of_api, "--name", "news")
    code = (tmp_path / "handler.js").as_uri()
    changed = await aws("update-channel-namespace", *of_api, "--name", "news", "--code-handlers", code)
    assert changed["channelNamespace"]["codeHandlers"] == (tmp_path / "handler.js").read_text()
    await aws("update-channel-namespace", *of_api, "--name", "news")
    key = (await aws("create-api-key", *of_api, "--description", "web"))["apiKey"]["id"]
    async with Publisher(service.api_url(api_id, 1), key) as publisher:
        assert (await publisher.publish("/news/a", 1)).status_code == 200
    await aws("tag-resource", "--resource-arn", arn, "--tags", "a=b,c=d")
    await aws("untag-resource", "--resource-arn", arn, "--tag-keys", "a")
    assert (await aws("list-tags-for-resource", "--resource-arn", arn))["tags"] == {"c": "d"}
    assert await aws("list-apis", "--query", "apis[].name") == ["default", "by CLI"]
    assert await aws("list-apis", "--page-size", "1", "--query", "length(apis)") == 2
    listed = await aws("list-apis", "--max-items", "1")
    assert (len(listed["apis"]), "NextToken" in listed) == (1, True)
    failed = await aws.run("get-api", "--api-id", "none")
    assert failed[0] in (254, 255)
    text = "An error occurred (NotFoundException) when calling the GetApi operation: API none not found."
    assert text in failed[2]
    await aws("delete-api-key", *of_api, "--id", key)
    await aws("delete-channel-namespace", *of_api, "--name", "news")
    await aws("delete-api", *of_api)
    assert (await aws.run("delete-api", *of_api))[0] == failed[0]
    unsigned = await aws.run("list-apis", "--no-sign-request")
    assert "MissingAuthenticationTokenException" in unsigned[2]


async def test_the_sdk_for_javascript(service: Rig, tmp_path: Path) -> None:
    script = Path(__file__).parent / "manage.mjs"
    code, out, err = await run(["node", str(script), service.control_url(1)], environment(service, tmp_path))
    assert code == 0, err
    said = {entry["name"]: entry["value"] for entry in map(json.loads, out.splitlines())}
    assert -2 < said["age in seconds"] < 60
    namespace = said["namespace"]
    assert (namespace["name"], namespace["hasTime"], namespace["handlerConfigs"]) == ("news", True, {})
    assert said["published"] == 200
    assert said["tags"] == {"stage": "test"}
    assert said["data source"] == "none"
    assert [len(page) for page in said["pages"]] == [2, 2]
    assert said["APIs"] == 2
    expected = {
        "GetApi failed": ("NotFoundException", 404),
        "CreateChannelNamespace failed": ("ConflictException", 409),
        "CreateApi failed": ("BadRequestException", 400),
        "DeleteApi failed": ("NotFoundException", 404),
    }
    for name, (error_type, status) in expected.items():
        error = said[name]
        assert (error["type"], error["isTyped"], error["status"]) == (error_type, True, status)
        assert error["message"]
