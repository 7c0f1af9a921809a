"""boto3, unmodified, through every operation, every paginator and every error that there is."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from eventray_core.control.operations import OPERATIONS
from tests.support.client import Client, Publisher
from tests.support.management import BY_KEY, EVENT_CONFIG, Management, appsync
from tests.support.rig import Rig, running
from tests.support.signed_http import SignedHttp

pytestmark = pytest.mark.asyncio(loop_scope="module")

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:worker"
ROLE = "arn:aws:iam::000000000000:role/worker"
HOUR = 3_600
DAY = 24 * HOUR

# What AWS's description of the service lists, and this server never answers, and why.
NEVER = {
    "UnauthorizedException": "who is not known gets 403, as from the front of AWS's services",
    "InternalFailureException": "would be a fault: see tests/unit/actors/test_control_plane.py",
    "LimitExceededException": "needs 100 calls at once: see tests/unit/gateway/control",
    "ConcurrentModificationException": "is answered to EventRay's own operation PutStack only",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory, database: str | None) -> AsyncIterator[Rig]:
    async with running(tmp_path_factory.mktemp("data"), gateways=2, database=database) as rig:
        yield rig


@pytest.fixture(scope="module")
def manage(service: Rig) -> Management:
    return Management(appsync(service))


@pytest_asyncio.fixture(loop_scope="module")
async def api(manage: Management) -> AsyncIterator[str]:
    api_id = await manage.new_api()
    yield api_id
    await manage.delete_api(apiId=api_id)


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    assert answer["ResponseMetadata"]["RequestId"]
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


async def test_a_life_of_everything_calls_every_operation(service: Rig) -> None:
    manage = Management(appsync(service))
    called: set[str] = set()
    manage.client.meta.events.register(
        "before-call.appsync.*", lambda model, **_: called.add(model.name), unique_id="note"
    )
    api_id = await _api_and_tags(manage)
    await _data_sources(manage, api_id)
    await _namespaces(manage, api_id)
    await _keys(manage, api_id)
    await _domains(manage, api_id)
    await _code(manage)
    await manage.delete_data_source(apiId=api_id, name="worker")
    assert without_metadata(await manage.delete_api(apiId=api_id)) == {}
    assert without_metadata(await manage.list_graphql_apis()) == {"graphqlApis": []}
    with pytest.raises(manage.client.exceptions.NotFoundException):
        await manage.get_api(apiId=api_id)
    known = {operation.name for operation in OPERATIONS if operation.service == "appsync"}
    assert known == called


async def _api_and_tags(manage: Management) -> str:
    begun = time.time()
    api = (await manage.create_api(name="a b-c_1", eventConfig=EVENT_CONFIG, tags={"team": "blue"}))["api"]
    assert len(api["apiId"]) == 26
    assert api["apiArn"].endswith(f":apis/{api['apiId']}")
    assert begun - 1 <= api["created"].timestamp() <= time.time() + 1
    assert set(api["dns"]) == {"HTTP", "REALTIME"}
    api_id: str = api["apiId"]
    arn = api["apiArn"]
    assert (await manage.get_api(apiId=api_id))["api"] == api
    assert api in (await manage.list_apis())["apis"]
    changed = await manage.update_api(
        apiId=api_id, name="renamed", eventConfig=EVENT_CONFIG, ownerContact="someone@example.com"
    )
    assert (changed["api"]["name"], changed["api"]["ownerContact"]) == ("renamed", "someone@example.com")
    await manage.tag_resource(resourceArn=arn, tags={"stage": "test"})
    listed = await manage.list_tags_for_resource(resourceArn=arn)
    assert listed["tags"] == {"team": "blue", "stage": "test"}
    await manage.untag_resource(resourceArn=arn, tagKeys=["team", "stage"])
    assert (await manage.list_tags_for_resource(resourceArn=arn))["tags"] == {}
    return str(api_id)


async def _data_sources(manage: Management, api_id: str) -> None:
    settings = {
        "apiId": api_id,
        "name": "worker",
        "type": "AWS_LAMBDA",
        "lambdaConfig": {"lambdaFunctionArn": FUNCTION},
        "serviceRoleArn": ROLE,
    }
    made = (await manage.create_data_source(**settings, description="first"))["dataSource"]
    assert (await manage.get_data_source(apiId=api_id, name="worker"))["dataSource"] == made
    changed = (await manage.update_data_source(**settings, description="second"))["dataSource"]
    assert changed == {**made, "description": "second"}
    assert (await manage.list_data_sources(apiId=api_id))["dataSources"] == [changed]


async def _namespaces(manage: Management, api_id: str) -> None:
    integration = {"dataSourceName": "worker", "lambdaConfig": {"invokeType": "EVENT"}}
    made = await manage.create_channel_namespace(
        apiId=api_id,
        name="news-1",
        publishAuthModes=BY_KEY,
        handlerConfigs={"onPublish": {"behavior": "DIRECT", "integration": integration}},
        tags={"a": "b"},
    )
    namespace = made["channelNamespace"]
    assert namespace["channelNamespaceArn"].endswith(f":apis/{api_id}/channelNamespace/news-1")
    assert "subscribeAuthModes" not in namespace
    assert (await manage.get_channel_namespace(apiId=api_id, name="news-1"))["channelNamespace"] == namespace
    changed = await manage.update_channel_namespace(apiId=api_id, name="news-1")
    assert changed["channelNamespace"].get("publishAuthModes") is None
    listed = (await manage.list_channel_namespaces(apiId=api_id))["channelNamespaces"]
    assert [namespace["name"] for namespace in listed] == ["news-1"]
    await manage.delete_channel_namespace(apiId=api_id, name="news-1")


async def _keys(manage: Management, api_id: str) -> None:
    key = (await manage.create_api_key(apiId=api_id, description="web"))["apiKey"]
    week = (int(time.time()) + 7 * DAY) // HOUR * HOUR
    assert key["expires"] in (week, week - HOUR)
    assert key["deletes"] == key["expires"] + 60 * DAY
    longer = (int(time.time()) + 30 * DAY) // HOUR * HOUR
    changed = (await manage.update_api_key(apiId=api_id, id=key["id"], expires=longer + 5))["apiKey"]
    assert changed["expires"] == longer
    assert (await manage.list_api_keys(apiId=api_id))["apiKeys"] == [changed]
    await manage.delete_api_key(apiId=api_id, id=key["id"])


async def _domains(manage: Management, api_id: str) -> None:
    name = "events.example.com"
    made = (await manage.create_domain_name(domainName=name, certificateArn=CERTIFICATE))["domainNameConfig"]
    assert (await manage.get_domain_name(domainName=name))["domainNameConfig"] == made
    changed = await manage.update_domain_name(domainName=name, description="ours")
    assert changed["domainNameConfig"] == {**made, "description": "ours"}
    assert (await manage.list_domain_names())["domainNameConfigs"] == [changed["domainNameConfig"]]
    association = (await manage.associate_api(domainName=name, apiId=api_id))["apiAssociation"]
    assert (association["apiId"], association["associationStatus"]) == (api_id, "SUCCESS")
    assert (await manage.get_api_association(domainName=name))["apiAssociation"] == association
    await manage.disassociate_api(domainName=name)
    with pytest.raises(manage.client.exceptions.NotFoundException):
        await manage.get_api_association(domainName=name)
    await manage.delete_domain_name(domainName=name)


async def _code(manage: Management) -> None:
    evaluated = await manage.evaluate_code(
        runtime={"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
        code="export function onPublish(ctx) { return ctx.events }",
        context='{"events": [{"id": "1", "payload": "heard"}]}',
        function="onPublish",
    )
    assert json.loads(evaluated["evaluationResult"]) == [{"id": "1", "payload": "heard"}]


async def test_what_is_made_serves_at_once(service: Rig, manage: Management, api: str) -> None:
    await manage.create_channel_namespace(apiId=api, name="news")
    key = await manage.new_key(api)
    url = f"ws://{service.addresses[1]}/apis/{api}/event/realtime"
    async with await Client.connect(url, key) as client, Publisher(service.api_url(api), key) as publisher:
        subscription = await client.subscribe("/news/*")
        assert (await publisher.publish("/news/a", "hello")).status_code == 200
        assert await client.until_events(subscription, 1) == ["hello"]


async def test_a_custom_domain_leads_to_its_api(service: Rig, manage: Management, api: str) -> None:
    await manage.create_channel_namespace(apiId=api, name="news")
    key = await manage.new_key(api)
    for name, host in (
        ("events.example.com", "Events.Example.com:443"),
        ("*.example.org", "a.example.org"),
    ):
        await manage.create_domain_name(domainName=name, certificateArn=CERTIFICATE)
        async with Publisher(service.url(1), key) as publisher:
            publisher.http.headers["host"] = host
            assert (await publisher.publish("/news/a", 1)).status_code == 401
            await manage.associate_api(domainName=name, apiId=api)
            assert (await publisher.publish("/news/a", 1)).status_code == 200
            await manage.disassociate_api(domainName=name)
            assert (await publisher.publish("/news/a", 1)).status_code == 401
        await manage.delete_domain_name(domainName=name)


# Pages


async def test_every_paginator_pages(manage: Management, api: str) -> None:
    for n in range(3):
        name = f"n{n}"
        await manage.create_channel_namespace(apiId=api, name=name)
        await manage.create_api_key(apiId=api)
        await manage.create_data_source(apiId=api, name=name, type="NONE")
        await manage.create_domain_name(domainName=f"{name}.example.com", certificateArn=CERTIFICATE)
    others = [await manage.new_api(f"page {n}") for n in range(2)]
    lists = {
        "list_apis": ("apis", {}),
        "list_channel_namespaces": ("channelNamespaces", {"apiId": api}),
        "list_api_keys": ("apiKeys", {"apiId": api}),
        "list_data_sources": ("dataSources", {"apiId": api}),
        "list_domain_names": ("domainNameConfigs", {}),
    }
    for paginator, (member, parameters) in lists.items():
        assert manage.client.can_paginate(paginator)
        whole = (await getattr(manage, paginator)(**parameters))[member]
        pages = await manage.pages(paginator, **parameters, PaginationConfig={"PageSize": 2})
        assert [len(page[member]) for page in pages[:-1]] == [2] * (len(pages) - 1), paginator
        assert len(pages) >= 2
        assert [item for page in pages for item in page[member]] == whole
        with pytest.raises(manage.client.exceptions.BadRequestException):
            await getattr(manage, paginator)(**parameters, nextToken="invented")
        with pytest.raises(manage.client.exceptions.BadRequestException):
            await getattr(manage, paginator)(**parameters, maxResults=26)
    await asyncio.gather(*(manage.delete_api(apiId=other) for other in others))
    for n in range(3):
        await manage.delete_domain_name(domainName=f"n{n}.example.com")


# Errors


async def test_every_error_that_there_is_has_its_type(service: Rig, manage: Management, api: str) -> None:
    seen: set[str] = set()

    async def fails(error_type: str, status: int, operation: str, **parameters: Any) -> None:
        with pytest.raises(getattr(manage.client.exceptions, error_type)) as raised:
            await getattr(manage, operation)(**parameters)
        answer = raised.value.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == status
        assert answer["Error"]["Message"]
        seen.add(error_type)

    await fails("NotFoundException", 404, "get_api", apiId="none")
    await fails("BadRequestException", 400, "create_api", name="?", eventConfig=EVENT_CONFIG)
    await manage.create_channel_namespace(apiId=api, name="news")
    await fails("ConflictException", 409, "create_channel_namespace", apiId=api, name="news")
    much = int(time.time()) + 400 * DAY
    await fails("ApiKeyValidityOutOfBoundsException", 400, "create_api_key", apiId=api, expires=much)
    for _ in range(50):
        await manage.create_api_key(apiId=api)
    await fails("ApiKeyLimitExceededException", 400, "create_api_key", apiId=api)
    for n in range(49):
        await manage.create_channel_namespace(apiId=api, name=f"n{n}")
    await fails("ServiceQuotaExceededException", 402, "create_channel_namespace", apiId=api, name="n50")
    nobody = await _user_without_rights(service)
    denied = manage.client.exceptions.AccessDeniedException.__name__
    with pytest.raises(ClientError) as raised:
        await nobody.get_api(apiId=api)
    assert type(raised.value).__name__ == denied
    seen.add(denied)
    modelled = {
        shape.name
        for operation in OPERATIONS
        if operation.service == "appsync"
        for shape in manage.client.meta.service_model.operation_model(operation.name).error_shapes
    }
    assert modelled == seen | set(NEVER)


async def _user_without_rights(service: Rig) -> Management:
    async with SignedHttp(service) as http:
        await http.post("/eventray/iam/users", {"userName": "nobody"})
        key = (await http.post("/eventray/iam/users/nobody/access-keys", {}))["accessKey"]
    keys = {"aws_access_key_id": key["accessKeyId"], "aws_secret_access_key": key["secretAccessKey"]}
    return Management(appsync(service, **keys))


async def test_retried_statuses_are_for_what_may_pass(manage: Management, api: str) -> None:
    """Clients try 429 and 5xx again, so a quota must have none of these."""
    begun = time.monotonic()
    with pytest.raises(ClientError) as raised:
        await manage.delete_api_key(apiId=api, id="da2-none")
    assert raised.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert time.monotonic() - begun < 5


async def test_answers_are_json_objects_with_numbers_for_times(service: Rig, api: str) -> None:
    """What the JavaScript SDK needs: boto3 would take texts as well."""
    async with SignedHttp(service) as http:
        answer = await http.get(f"/v2/apis/{api}")
        assert isinstance(answer["api"]["created"], float)
        made = await http.post(f"/v2/apis/{api}/channelNamespaces", {"name": "news", "handlerConfigs": {}})
        namespace = made["channelNamespace"]
        assert isinstance(namespace["created"], float)
        assert isinstance(namespace["lastModified"], float)
        assert json.dumps(namespace["handlerConfigs"]) == "{}"
