import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.commands import Outcome, Shell
from tests.support.rig import Rig, running
from typer.testing import CliRunner

from eventray_cluster.cli import app
from eventray_cluster.errors import CommandError

TEMPLATE = """
Parameters:
  Word: {Type: String, Default: web}
Resources:
  EventApi:
    Type: AWS::AppSync::Api
    Properties:
      Name: my-event-api
      Tags: [{Key: stage, Value: dev}, {Key: team, Value: a}]
      EventConfig:
        AuthProviders: [{AuthType: API_KEY}]
        ConnectionAuthModes: [{AuthType: API_KEY}]
        DefaultPublishAuthModes: [{AuthType: API_KEY}]
        DefaultSubscribeAuthModes: [{AuthType: API_KEY}]
  Key:
    Type: AWS::AppSync::ApiKey
    Properties: {ApiId: !GetAtt EventApi.ApiId, Description: !Ref Word}
  Worker:
    Type: AWS::AppSync::DataSource
    Properties:
      ApiId: !GetAtt EventApi.ApiId
      Name: worker
      Type: AWS_LAMBDA
      LambdaConfig: {LambdaFunctionArn: arn:aws:lambda:us-east-1:123456789012:function:worker}
      ServiceRoleArn: arn:aws:iam::123456789012:role/appsync-ds
  Default:
    Type: AWS::AppSync::ChannelNamespace
    DependsOn: Worker
    Properties:
      ApiId: !GetAtt EventApi.ApiId
      Name: default
      CodeHandlers: |
        export function onPublish(ctx) { return ctx.events }
      HandlerConfigs:
        OnSubscribe:
          Behavior: DIRECT
          Integration: {DataSourceName: worker, LambdaConfig: {InvokeType: REQUEST_RESPONSE}}
  Plain:
    Type: AWS::AppSync::ChannelNamespace
    Properties: {ApiId: !GetAtt EventApi.ApiId, Name: plain}
  Publisher: {Type: AWS::IAM::Role}
  Grant:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: publish
      Roles: [!Ref Publisher]
      PolicyDocument:
        Version: 2012-10-17
        Statement:
          - Effect: Allow
            Action: appsync:EventPublish
            Resource: !Sub '${EventApi.ApiArn}/channelNamespace/*'
Outputs:
  Id: {Value: !GetAtt EventApi.ApiId}
  Http: {Value: !Sub 'https://${EventApi.Dns.Http}/event'}
  Realtime: {Value: !Sub 'wss://${EventApi.Dns.Realtime}/event/realtime'}
  ApiKey: {Value: !GetAtt Key.ApiKey}
  KeyArn: {Value: !Ref Key}
  Publisher: {Value: !GetAtt Publisher.Arn}
"""


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path / "rig", shards=1) as service:
        yield service


@pytest.fixture
def shell(rig: Rig, tmp_path: Path) -> Shell:
    variables = {
        "EVENTRAY_CONTROL_URL": rig.control_url(),
        "EVENTRAY_ACCESS_KEY_ID": rig.access_key_id,
        "EVENTRAY_SECRET_ACCESS_KEY": rig.secret_access_key,
    }
    return Shell(tmp_path, variables)


async def run(shell: Shell, *words: str) -> Outcome:
    """Run a command in this process, which spares it the start of one."""
    invoked = await asyncio.to_thread(CliRunner().invoke, app, list(words), env=shell.variables)
    if isinstance(invoked.exception, CommandError):
        return Outcome(invoked.exception.code, invoked.stdout, str(invoked.exception))
    return Outcome(invoked.exit_code, invoked.stdout, invoked.stderr)


async def deployed(shell: Shell, template: str, *words: str) -> dict[str, Any]:
    """Deploy the stack `web`; what the command printed."""
    (shell.folder / "web.yaml").write_text(template)
    outcome = await run(shell, "deploy", str(shell.folder / "web.yaml"), *words)
    assert (outcome.code, outcome.err) == (0, "")
    (printed,) = outcome.lines()
    assert isinstance(printed, dict)
    return printed


def changes(printed: dict[str, Any]) -> list[str]:
    return [f"{c['action']} {c['logicalId']} {','.join(c['properties'])}".strip() for c in printed["changes"]]


async def aws(shell: Shell, operation: str, **request: Any) -> Any:
    """Ask the server by boto3."""
    import boto3

    client = boto3.client(
        "appsync",
        endpoint_url=shell.variables["EVENTRAY_CONTROL_URL"],
        region_name="us-east-1",
        aws_access_key_id=shell.variables["EVENTRAY_ACCESS_KEY_ID"],
        aws_secret_access_key=shell.variables["EVENTRAY_SECRET_ACCESS_KEY"],
    )
    return await asyncio.to_thread(getattr(client, operation), **request)


async def test_a_template_from_its_first_deployment_to_its_end(rig: Rig, shell: Shell) -> None:
    first = await deployed(shell, TEMPLATE)
    assert (first["stack"], first["status"], len(first["changes"])) == ("web", "CREATE_COMPLETE", 7)
    outputs = first["outputs"]
    api_id, key = outputs["Id"], outputs["ApiKey"]
    assert outputs["KeyArn"] == f"arn:aws:appsync:us-east-1:000000000000:apis/{api_id}/apikey/{key}"
    assert list(first["outputsLeftOut"]) == ["Publisher"]
    assert first["users"] == ["web-Publisher"]
    again = await deployed(shell, TEMPLATE)
    assert (again["changes"], again["outputs"]) == ([], outputs)

    namespace = await aws(shell, "get_channel_namespace", apiId=api_id, name="default")
    assert namespace["channelNamespace"]["handlerConfigs"]["onSubscribe"]["behavior"] == "DIRECT"
    async with httpx.AsyncClient(trust_env=False, headers={"x-api-key": key}) as http:
        body = {"channel": "/plain/a", "events": ["1"]}
        assert (await http.post(rig.api_url(api_id), json=body)).status_code == 200

        new = TEMPLATE.replace("ctx.events }", "[] }").replace("Name: plain", "Name: other")
        new = new.replace("{Key: team, Value: a}", "{Key: name, Value: b}")
        assert changes(await deployed(shell, new)) == [
            "update EventApi Tags", "replace Plain Name", "update Default CodeHandlers",
        ]  # fmt: skip
        api = (await aws(shell, "get_api", apiId=api_id))["api"]
        assert api["tags"] == {"stage": "dev", "name": "b"}
        assert (await http.post(rig.api_url(api_id), json=body)).status_code == 403
        found = (await aws(shell, "list_channel_namespaces", apiId=api_id))["channelNamespaces"]
        assert [namespace["name"] for namespace in found] == ["default", "other"]

    removed = new[: new.index("  Plain:")] + new[new.index("  Publisher:") :]
    assert changes(await deployed(shell, removed)) == ["delete Plain"]
    assert (await deployed(shell, removed, "--parameter", "Word=mobile"))["changes"][0]["logicalId"] == "Key"
    keys = (await aws(shell, "list_api_keys", apiId=api_id))["apiKeys"]
    assert [(k["id"], k["description"]) for k in keys] == [(key, "mobile")]
    (stack,) = (await run(shell, "stacks")).lines()
    assert (stack["name"], stack["status"], stack["resources"]) == ("web", "UPDATE_COMPLETE", 6)

    (made,) = (await run(shell, "iam", "create-access-key", "web-Publisher")).lines()
    assert made["userName"] == "web-Publisher"
    assert (await run(shell, "delete-stack", "web")).code == 0
    assert (await run(shell, "stacks")).out == ""
    names = [api["name"] for api in (await aws(shell, "list_apis"))["apis"]]
    assert "my-event-api" not in names
    users = [user["userName"] for user in (await run(shell, "iam", "list-users")).lines()]
    assert users == ["administrator"]


async def test_a_dry_run_changes_nothing(shell: Shell) -> None:
    printed = await deployed(shell, TEMPLATE, "--dry-run")
    assert (printed["status"], len(printed["changes"])) == ("NOT_DEPLOYED", 7)
    assert (await run(shell, "stacks")).out == ""


async def test_the_record_on_the_server_names_no_secret(rig: Rig, shell: Shell) -> None:
    printed = await deployed(shell, TEMPLATE)
    from eventray_cluster.management import KeyPair, Management

    key = KeyPair(rig.access_key_id, rig.secret_access_key)
    http = Management(rig.control_url(), "us-east-1", key).http()
    body = (await asyncio.to_thread(http.call, "GET", "eventray", "stacks", "web"))["stack"]["body"]
    assert printed["outputs"]["Id"] in body
    assert printed["outputs"]["ApiKey"] not in body


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("Name: my-event-api", "Name: my/event", "EventApi (AWS::AppSync::Api): "),
        ("Name: worker", "Name: other", "Default (AWS::AppSync::ChannelNamespace): "),
    ],
)
async def test_what_the_server_refuses_is_said_with_the_resource(
    shell: Shell, old: str, new: str, sentence: str
) -> None:
    (shell.folder / "web.yaml").write_text(TEMPLATE.replace(old, new, 1))
    outcome = await run(shell, "deploy", str(shell.folder / "web.yaml"))
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith(sentence)
    (stack,) = (await run(shell, "stacks")).lines()
    assert stack["status"] == "CREATE_FAILED"
    assert len((await deployed(shell, TEMPLATE))["changes"]) > 0
    assert (await deployed(shell, TEMPLATE))["changes"] == []


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["deploy", "nowhere.yaml"], 2, "The template nowhere.yaml cannot be read"),
        (["deploy", "web.yaml", "--parameter", "Word"], 2, "--parameter is 'Word', but it must be NAME="),
        (["deploy", "web.yaml", "--parameter", "Nobody=1"], 2, "The template has no parameter 'Nobody'."),
        (["deploy", "web.yaml", "--value", "=1"], 2, "--value is '=1', but it must be NAME=VALUE."),
        (["deploy", "web.yaml", "--stack", "a b"], 2, "'a b' cannot be a stack's name"),
        (["delete-stack", "nobody"], 2, "There is no stack 'nobody'."),
        (["deploy", "web.yaml", "--control-url", "http://127.0.0.1:1"], 3, "The server cannot be reached"),
        (["stacks", "--control-url", "http://127.0.0.1:1"], 3, "The server cannot be reached"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_told_by_code_and_sentence(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, sentence: str
) -> None:
    (shell.folder / "web.yaml").write_text(TEMPLATE)
    monkeypatch.chdir(shell.folder)
    outcome = await run(shell, *words)
    assert (outcome.code, outcome.out) == (code, "")
    assert outcome.err.startswith(sentence)


async def test_another_key_is_refused_by_the_server(shell: Shell) -> None:
    (shell.folder / "web.yaml").write_text(TEMPLATE)
    wrong = Shell(shell.folder, {**shell.variables, "EVENTRAY_SECRET_ACCESS_KEY": "wrong"})
    outcome = await run(wrong, "deploy", str(shell.folder / "web.yaml"))
    assert (outcome.code, outcome.out) == (1, "")
    assert "SignatureDoesNotMatch" in outcome.err or "InvalidSignature" in outcome.err


def test_the_template_is_valid_json_as_well_as_yaml(tmp_path: Path) -> None:
    from eventray_cluster.templates.reading import read_template

    assert read_template(json.dumps(read_template(TEMPLATE))) == read_template(TEMPLATE)
