import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.commands import Outcome, Shell
from tests.support.rig import Rig, running
from typer.testing import CliRunner

from eventray_cluster.cli import app
from eventray_cluster.errors import CommandError
from eventray_core.control.iam_projection import ALLOW_ALL

ONLY_LISTS = ALLOW_ALL.replace('"*"', '["iam:List*","iam:Get*"]', 1)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path / "rig", shards=1) as service:
        yield service


@pytest.fixture
def shell(rig: Rig, tmp_path: Path) -> Shell:
    return shell_of(rig, tmp_path, rig.access_key_id, rig.secret_access_key)


def shell_of(rig: Rig, folder: Path, key_id: str, secret: str, token: str = "") -> Shell:
    variables = {"CONTROL_URL": rig.control_url(), "ACCESS_KEY_ID": key_id, "SECRET_ACCESS_KEY": secret}
    variables["SESSION_TOKEN"] = token
    return Shell(folder, {f"EVENTRAY_{name}": value for name, value in variables.items()})


async def run(shell: Shell, *words: str, given: str = "") -> Outcome:
    """Run a command in this process, which spares it the start of one."""
    invoked = await asyncio.to_thread(
        CliRunner().invoke, app, ["iam", *words], input=given, env=shell.variables
    )
    if isinstance(invoked.exception, CommandError):
        return Outcome(invoked.exception.code, invoked.stdout, str(invoked.exception))
    return Outcome(invoked.exit_code, invoked.stdout, invoked.stderr)


async def done(shell: Shell, *words: str, given: str = "") -> Outcome:
    outcome = await run(shell, *words, given=given)
    assert (outcome.code, outcome.err) == (0, "")
    return outcome


async def refused(shell: Shell, *words: str, given: str = "") -> str:
    outcome = await run(shell, *words, given=given)
    assert (outcome.code, outcome.out) == (1, ""), outcome
    return outcome.err


async def test_a_user_from_its_making_to_its_end(rig: Rig, shell: Shell, tmp_path: Path) -> None:
    (made,) = (await done(shell, "create-user", "ada")).lines()
    assert made["arn"] == "arn:aws:iam::000000000000:user/ada"
    names = [user["userName"] for user in (await done(shell, "list-users")).lines()]
    assert names == ["administrator", "ada"]
    (key,) = (await done(shell, "create-access-key", "ada")).lines()
    (tmp_path / "policy.json").write_text(ONLY_LISTS)
    await done(shell, "put-user-policy", "ada", "lists", str(tmp_path / "policy.json"))
    await done(shell, "put-user-policy", "ada", "more", "-", given=ONLY_LISTS + "\n")
    policies = (await done(shell, "list-user-policies", "ada")).lines()
    assert policies == [{"policyName": "lists"}, {"policyName": "more"}]
    assert (await done(shell, "get-user-policy", "ada", "more")).lines() == [json.loads(ONLY_LISTS)]
    ada = shell_of(rig, tmp_path, key["accessKeyId"], key["secretAccessKey"])
    (listed,) = (await done(ada, "list-access-keys", "ada")).lines()
    assert listed == {k: v for k, v in key.items() if k != "secretAccessKey"}
    assert "is not authorized to perform: iam:CreateUser" in await refused(ada, "create-user", "eve")
    assert "must delete access keys first" in await refused(shell, "delete-user", "ada")
    await done(shell, "update-access-key", "ada", key["accessKeyId"], "Inactive")
    assert "UnrecognizedClientException" in await refused(ada, "list-users")
    await done(shell, "delete-access-key", "ada", key["accessKeyId"])
    for policy in policies:
        await done(shell, "delete-user-policy", "ada", policy["policyName"])
    await done(shell, "delete-user", "ada")
    assert "The user with name ada cannot be found" in await refused(shell, "list-access-keys", "ada")


async def test_a_temporary_key(rig: Rig, shell: Shell, tmp_path: Path) -> None:
    (key,) = (await done(shell, "create-access-key", "administrator", "--duration", "900")).lines()
    pair = key["accessKeyId"], key["secretAccessKey"]
    assert "UnrecognizedClientException" in await refused(shell_of(rig, tmp_path, *pair), "list-users")
    await done(shell_of(rig, tmp_path, *pair, key["sessionToken"]), "list-users")


async def test_the_last_administrator_goes_only_by_force(rig: Rig, shell: Shell) -> None:
    key_id = rig.access_key_id
    for words in (
        ["delete-access-key", "administrator", key_id],
        ["update-access-key", "administrator", key_id, "Inactive"],
        ["delete-user-policy", "administrator", "AdministratorAccess"],
        ["put-user-policy", "administrator", "AdministratorAccess", "-"],
    ):
        assert "Nobody would be left" in await refused(shell, *words, given=ONLY_LISTS)
    await done(shell, "delete-access-key", "administrator", key_id, "--force")
    assert "UnrecognizedClientException" in await refused(shell, "list-users")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["put-user-policy", "a", "p", "no.json"],
            "The file no.json cannot be read: No such file or directory.",
        ),
        (["put-user-policy", "a", "p", "binary"], "The file binary is not a text in UTF-8."),
        (["list-users", "--control-url", "ftp://x"], "'ftp://x' is not a URL that starts with http"),
    ],
)
async def test_commands_that_are_called_wrongly(tmp_path: Path, words: list[str], sentence: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff")
    variables = {"EVENTRAY_CONTROL_URL": "http://127.0.0.1:1", "EVENTRAY_ACCESS_KEY_ID": "AKIA"}
    outcome = await Shell(tmp_path, variables).run("iam", *words)
    assert outcome.code == 2
    assert outcome.err.startswith(f"eventray: {sentence}")


async def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    variables = {"EVENTRAY_CONTROL_URL": "http://127.0.0.1:1", "EVENTRAY_ACCESS_KEY_ID": "AKIA"}
    outcome = await Shell(tmp_path, variables).run("iam", "list-users")
    assert outcome.code == 3
    assert "cannot be reached" in outcome.err
