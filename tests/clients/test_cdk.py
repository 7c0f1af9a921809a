"""A CDK app, synthesized by CDK itself, deployed to a running server; its outputs, used as they stand."""

import asyncio
import json
import shutil
import socket
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from tests.support.commands import Outcome, Shell
from tests.support.served import Served

CLIENTS = Path(__file__).parent
SYNTHESIS_PATIENCE = 120.0
"""In seconds, on a busy machine."""
FIREWALL = ("--allow-skipped", "AWS::WAFv2::WebACLAssociation")
BODY = json.dumps({"channel": "/plain/a", "events": ['"hello"']})


@pytest.fixture
def shell(server: Served, tmp_path: Path) -> Shell:
    return Shell(tmp_path, {"EVENTRAY_DATA_DIR": str(server.folder / "data")})


async def synthesize(shell: Shell, version: str) -> None:
    command = [_program("node"), str(CLIENTS / "cdk_app.mjs"), str(shell.folder), version]
    process = await shell.start(*command)
    async with asyncio.timeout(SYNTHESIS_PATIENCE):
        _, err = await process.communicate()
    assert process.returncode == 0, err.decode()


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed"
    return found


async def deployed(shell: Shell, *words: str) -> dict[str, Any]:
    outcome = await shell.run("deploy", "cdk.out", *words)
    assert (outcome.code, outcome.err) == (0, "")
    (printed,) = outcome.lines()
    assert isinstance(printed, dict)
    return printed


def changes(printed: dict[str, Any]) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(c["action"], c["type"].rpartition("::")[2], tuple(c["properties"])) for c in printed["changes"]]


async def test_a_cdk_app_is_deployed_changed_and_deleted(server: Served, shell: Shell) -> None:
    await synthesize(shell, "first")
    refused = await shell.run("deploy", "cdk.out")
    assert (refused.code, refused.out) == (2, "")
    assert "Firewall (AWS::WAFv2::WebACLAssociation): EventRay has no firewall" in refused.err

    first = await deployed(shell, *FIREWALL)
    try:
        assert (first["stack"], first["status"]) == ("Chat", "CREATE_COMPLETE")
        kinds = sorted(kind for action, kind, _ in changes(first) if action == "create")
        assert kinds == [
            "Api", "ApiKey", "ChannelNamespace", "ChannelNamespace", "DataSource", "DataSource", "User",
            "UserPolicy",
        ]  # fmt: skip
        assert len(changes(first)) == 8
        (user,) = first["users"]
        api = client(server).get_api(apiId=first["outputs"]["ApiId"])["api"]
        assert [p["authType"] for p in api["eventConfig"]["authProviders"]] == [
            "API_KEY", "AWS_IAM", "AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT", "AWS_LAMBDA",
        ]  # fmt: skip
        document = await shell.run("iam", "list-user-policies", user)
        assert len(document.lines()) == 1

        again = await deployed(shell, *FIREWALL)
        assert (again["changes"], again["outputs"]) == ([], first["outputs"])

        await synthesize(shell, "changed")
        second = await deployed(shell, *FIREWALL)
        assert changes(second) == [
            ("update", "ChannelNamespace", ("CodeHandlers",)), ("delete", "ChannelNamespace", ()),
        ]  # fmt: skip
        assert second["outputs"] == first["outputs"]
        api_id = first["outputs"]["ApiId"]
        found = client(server).get_channel_namespace(apiId=api_id, name="news")["channelNamespace"]
        assert found["codeHandlers"].endswith("// changed\n")
    finally:
        gone = await shell.run("delete-stack", "Chat")
    assert (gone.code, gone.err) == (0, "")
    assert (await shell.run("stacks")).out == ""


def client(server: Served) -> Any:
    return boto3.client(
        "appsync",
        endpoint_url=server.ready["controlUrl"],
        region_name=server.ready["region"],
        aws_access_key_id=server.ready["accessKeyId"],
        aws_secret_access_key=server.ready["secretAccessKey"],
    )


PLAIN = """
Resources:
  Api:
    Type: AWS::AppSync::Api
    Properties:
      Name: outputs
      EventConfig:
        AuthProviders: [{AuthType: API_KEY}]
        ConnectionAuthModes: [{AuthType: API_KEY}]
        DefaultPublishAuthModes: [{AuthType: API_KEY}]
        DefaultSubscribeAuthModes: [{AuthType: API_KEY}]
  Key: {Type: AWS::AppSync::ApiKey, Properties: {ApiId: !GetAtt Api.ApiId}}
  Plain: {Type: AWS::AppSync::ChannelNamespace, Properties: {ApiId: !GetAtt Api.ApiId, Name: plain}}
Outputs:
  Http: {Value: !Sub 'https://${Api.Dns.Http}/event'}
  Realtime: {Value: !Sub 'wss://${Api.Dns.Realtime}/event/realtime'}
  Key: {Value: !GetAtt Key.ApiKey}
"""


async def test_the_urls_in_outputs_work_as_they_stand(
    server: Served, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shell.folder / "outputs.yaml").write_text(PLAIN)
    outcome = await shell.run("deploy", "outputs.yaml")
    assert outcome.code == 0, outcome.err
    try:
        outputs, ca = outcome.lines()[0]["outputs"], server.ready["caFile"]
        assert f":{server.ready['httpsUrl'].rsplit(':', 1)[1].split('/')[0]}/event" in outputs["Http"]
        _succeeded(json.loads((await _by_curl(shell, outputs, ca)).out))

        given = {"http": outputs["Http"], "realtime": outputs["Realtime"], "key": outputs["Key"], "ca": ca}
        script = str(CLIENTS / "fetch_outputs.mjs")
        by_node = await shell.run(_program("node"), script, json.dumps({**given, "body": BODY}))
        assert by_node.code == 0, by_node.err
        (found,) = by_node.lines()
        assert (found["published"]["status"], found["connected"]) == (200, "connection_ack")
        _succeeded(found["published"]["body"])

        monkeypatch.setattr(socket, "getaddrinfo", _resolver(socket.getaddrinfo))
        _succeeded(await asyncio.to_thread(_by_botocore, outputs, ca))
    finally:
        assert (await shell.run("delete-stack", "outputs")).code == 0


async def _by_curl(shell: Shell, outputs: dict[str, str], ca: str) -> Outcome:
    headers = ["-H", "content-type: application/json", "-H", f"x-api-key: {outputs['Key']}"]
    command = [_program("curl"), "-sS", "--noproxy", "*", "--cacert", ca, *headers, "-d", BODY]
    outcome = await shell.run(*command, outputs["Http"])
    assert outcome.code == 0, outcome.err
    return outcome


def _by_botocore(outputs: dict[str, str], ca: str) -> Any:
    """What boto3 sends its requests with; AWS's SDKs have no operation to publish events."""
    headers = {"content-type": "application/json", "x-api-key": outputs["Key"]}
    request = AWSRequest("POST", outputs["Http"], headers, BODY.encode()).prepare()
    response = URLLib3Session(verify=ca, proxies={}).send(request)
    assert response.status_code == 200, response.text
    return json.loads(response.text)


def _resolver(of_the_system: Any) -> Any:
    """Names below `localhost` are this machine (RFC 6761), which not every system's resolver knows."""

    def resolve(host: Any, *rest: Any, **named: Any) -> Any:
        is_local = isinstance(host, str) and host.endswith(".localhost")
        return of_the_system("127.0.0.1" if is_local else host, *rest, **named)

    return resolve


def _succeeded(answer: dict[str, Any]) -> None:
    assert len(answer["successful"]) == 1
    assert not answer["failed"]
