"""Who may manage a server: signatures, users, policies, the key for development."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from eventray_cluster.signed_http import RefusedError, SignedHttp
from eventray_core.control.facts import Facts
from tests.support.commands import Shell
from tests.support.management import EVENT_CONFIG, REGION, Management, appsync
from tests.support.rig import Rig, running
from tests.support.served import Served, serving
from tests.support.signing import clock_at

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACCOUNT = "000000000000"
USERS = ("eventray", "iam", "users")
API_ARN = f"arn:aws:appsync:{REGION}:{ACCOUNT}:apis/"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory, database: str | None) -> AsyncIterator[Rig]:
    async with running(tmp_path_factory.mktemp("data"), gateways=2, shards=1, database=database) as rig:
        yield rig


@pytest.fixture(scope="module")
def admin(service: Rig) -> Management:
    return Management(appsync(service))


def client(service: Rig, key_id: str, secret: str, token: str | None = None, gateway: int = 0) -> Management:
    options: dict[str, Any] = {
        "aws_access_key_id": key_id,
        "aws_secret_access_key": secret,
        "aws_session_token": token,
    }
    return Management(appsync(service, gateway, **options))


class Users:
    """EventRay's own operations, as its administrator."""

    def __init__(self, service: Rig) -> None:
        self.service = service
        key = Credentials(service.access_key_id, service.secret_access_key)
        self.http = SignedHttp(service.control_url(), key, REGION)

    async def call(self, method: str, *path: str, **more: Any) -> dict[str, Any]:
        return await asyncio.to_thread(self.http.call, method, *USERS, *path, **more)

    async def made(self, name: str, *statements: dict[str, Any], gateway: int = 0) -> Management:
        """A new user with a policy of these statements, at the second gateway or the first."""
        await self.call("POST", body={"userName": name})
        key = (await self.call("POST", name, "access-keys"))["accessKey"]
        await self.allow(name, *statements)
        return client(self.service, key["accessKeyId"], key["secretAccessKey"], gateway=gateway)

    async def allow(self, name: str, *statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        await self.call("POST", name, "policies", "own", body={"policyDocument": document})


@pytest.fixture(scope="module")
def users(service: Rig) -> Users:
    return Users(service)


def statement(action: object, resource: object = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


async def refused(call: Any, error_type: str, status: int = 403) -> str:
    """The message of a call that must be refused."""
    with pytest.raises(ClientError) as error:
        await call
    answer = error.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (error_type, status)
    message: str = answer["Error"]["Message"]
    return message


async def test_a_wrong_secret(service: Rig) -> None:
    wrong = client(service, service.access_key_id, "wrong")
    message = await refused(wrong.list_apis(maxResults=3), "InvalidSignatureException")
    assert "Check your AWS Secret Access Key and signing method." in message
    assert "'GET\n/v2/apis\nmaxResults=3\nhost:127.0.0.1:" in message


async def test_an_unknown_key(service: Rig) -> None:
    unknown = client(service, "AKIAIOSFODNN7EXAMPLE", service.secret_access_key)
    message = await refused(unknown.list_apis(), "UnrecognizedClientException")
    assert message == "The security token included in the request is invalid."


@pytest.mark.parametrize(
    ("skew", "sentence"), [(-400, "Signature expired"), (400, "Signature not yet current")]
)
async def test_a_clock_that_is_wrong(admin: Management, skew: int, sentence: str) -> None:
    with clock_at(time.time() + skew):
        message = await refused(admin.list_apis(), "InvalidSignatureException")
    assert message.startswith(sentence)
    with clock_at(time.time() + skew * 0.7):
        await admin.list_apis()


async def test_a_user_without_permission(users: Users, admin: Management) -> None:
    ada = await users.made("ada", statement("appsync:List*"))
    await ada.list_apis()
    api_id = await admin.new_api()
    who = f"User: arn:aws:iam::{ACCOUNT}:user/ada is not authorized to perform: "
    assert await refused(ada.delete_api(apiId=api_id), "AccessDeniedException") == (
        f"{who}appsync:DeleteApi on resource: {API_ARN}{api_id} because no identity-based policy allows "
        "the appsync:DeleteApi action"
    )
    denied = r"AccessDeniedException: .* iam:CreateUser on resource: .*:user/eve "
    own = SignedHttp(users.service.control_url(), ada.client._request_signer._credentials, REGION)
    with pytest.raises(RefusedError, match=denied):
        await asyncio.to_thread(own.call, "POST", *USERS, body={"userName": "eve"})


async def test_wildcards_and_a_deny(users: Users, admin: Management) -> None:
    first, second = [await admin.new_api(name) for name in ("first", "second")]
    bob = await users.made(
        "bob",
        statement("appsync:*", f"{API_ARN}*"),
        statement(["appsync:Delete*", "appsync:UpdateApi"], f"{API_ARN}{second}", "Deny"),
    )
    for api_id in (first, second):
        await bob.create_channel_namespace(apiId=api_id, name="news")
    await bob.delete_channel_namespace(apiId=second, name="news")
    update = {"name": "x", "eventConfig": EVENT_CONFIG}
    message = await refused(bob.update_api(apiId=second, **update), "AccessDeniedException")
    assert message.endswith(f"{second} with an explicit deny in an identity-based policy")
    await refused(bob.delete_api(apiId=second), "AccessDeniedException")
    await bob.update_api(apiId=first, **update)
    await bob.delete_api(apiId=first)


async def test_a_condition_on_tags(users: Users) -> None:
    condition = {"StringEquals": {"aws:RequestTag/team": "${aws:username}"}}
    eve = await users.made("eve", statement("appsync:CreateApi", Condition=condition))
    await eve.create_api(name="a", eventConfig=EVENT_CONFIG, tags={"team": "eve"})
    for tags in ({"team": "ada"}, {}):
        await refused(eve.create_api(name="a", eventConfig=EVENT_CONFIG, tags=tags), "AccessDeniedException")


async def test_changes_count_at_every_gateway_when_they_are_answered(users: Users) -> None:
    fay = await users.made("fay", statement("appsync:ListApis"), gateway=1)
    for _ in range(10):
        await fay.list_apis()
        await users.allow("fay", statement("appsync:GetApi"))
        await refused(fay.list_apis(), "AccessDeniedException")
        await users.allow("fay", statement("appsync:ListApis"))
    (key,) = (await users.call("GET", "fay", "access-keys"))["accessKeys"]
    await users.call("DELETE", "fay", "access-keys", key["accessKeyId"])
    await refused(fay.list_apis(), "UnrecognizedClientException")


async def test_a_temporary_key(users: Users, service: Rig) -> None:
    body = {"durationSeconds": 900}
    key = (await users.call("POST", "administrator", "access-keys", body=body))["accessKey"]
    pair = key["accessKeyId"], key["secretAccessKey"]
    await client(service, *pair, key["sessionToken"]).list_apis()
    for token in (None, key["sessionToken"] + "A"):
        await refused(client(service, *pair, token).list_apis(), "UnrecognizedClientException")


@pytest.mark.parametrize("segments", [("v2", "apis", "."), ("v2", "apis", "..", "apis")])
async def test_a_path_that_could_be_read_in_two_ways_is_none(users: Users, segments: tuple[str, ...]) -> None:
    with pytest.raises(RefusedError, match="UnknownOperationException"):
        await asyncio.to_thread(users.http.call, "GET", *segments)


async def test_the_key_for_development_is_gone_with_the_setting(tmp_path: Path) -> None:
    for development in (True, False, True):
        async with running(tmp_path / "data", shards=1, facts=Facts(development=development)) as rig:
            test = client(rig, "test", "test")
            if development:
                await test.new_api()
            else:
                await refused(test.list_apis(), "UnrecognizedClientException")
            names = [u["userName"] for u in (await Users(rig).call("GET"))["users"]]
            assert names == ["administrator"]


@pytest.fixture(scope="module")
def development() -> Iterator[Served]:
    with serving("--dev", "--no-dashboard", "--shards", "1") as served:
        yield served


async def test_a_server_for_development(development: Served) -> None:
    assert "Development" in development.output
    assert "the access key test with the secret test may do everything" in development.output
    api = Management(appsync(_At(development.ready["controlUrl"])))
    assert [a["name"] for a in (await api.list_apis())["apis"]] == ["default"]


class _At:
    """A service that is known by its URL, with the key for development."""

    access_key_id = secret_access_key = "test"

    def __init__(self, url: str) -> None:
        self._url = url

    def control_url(self, gateway: int = 0) -> str:
        return self._url


async def test_the_commands_find_the_server_and_its_key_by_the_data(development: Served) -> None:
    shell = Shell(development.folder, {})
    outcome = await shell.run("iam", "list-users", "--data-dir", "data")
    assert (outcome.code, outcome.err) == (0, "")
    assert [user["userName"] for user in outcome.lines()] == ["administrator"]
