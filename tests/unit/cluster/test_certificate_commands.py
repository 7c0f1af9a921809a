import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.certificates import write_given
from tests.support.commands import Outcome
from tests.support.rig import Rig, running
from typer.testing import CliRunner

from eventray_cluster.cli import app
from eventray_cluster.errors import CommandError


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with running(tmp_path / "rig", shards=1) as service:
        yield service


async def run(rig: Rig, *words: str) -> Outcome:
    """Run a command in this process, which spares it the start of one."""
    variables = {
        "EVENTRAY_CONTROL_URL": rig.control_url(),
        "EVENTRAY_ACCESS_KEY_ID": rig.access_key_id,
        "EVENTRAY_SECRET_ACCESS_KEY": rig.secret_access_key,
    }
    invoked = await asyncio.to_thread(CliRunner().invoke, app, ["certificates", *words], env=variables)
    if isinstance(invoked.exception, CommandError):
        return Outcome(invoked.exception.code, invoked.stdout, str(invoked.exception))
    return Outcome(invoked.exit_code, invoked.stdout, invoked.stderr)


async def test_a_certificate_from_its_import_to_its_end(rig: Rig, tmp_path: Path) -> None:
    certificate, key = map(str, write_given(tmp_path / "given", "events.example.com"))
    (made,) = (await run(rig, "import", certificate, key)).lines()
    assert made["domainNames"] == ["events.example.com"]
    arn = made["certificateArn"]
    write_given(tmp_path / "given", "events.example.com")
    (renewed,) = (await run(rig, "import", certificate, key, "--replace", arn)).lines()
    assert renewed["certificateArn"] == arn
    assert renewed["fingerprint"] != made["fingerprint"]
    assert (await run(rig, "list")).lines() == [renewed]
    assert (await run(rig, "delete", arn)).code == 0
    assert (await run(rig, "list")).lines() == []
    gone = await run(rig, "delete", arn)
    assert gone.code == 1
    assert "not found" in gone.err


async def test_files_that_are_no_certificate(rig: Rig, tmp_path: Path) -> None:
    certificate, key = write_given(tmp_path / "given", "events.example.com")
    other = tmp_path / "other.pem"
    for content, words, code, sentence in (
        (None, (other, key), 2, f"The file {other} cannot be read: No such file or directory."),
        (b"\xff", (certificate, other), 2, f"The file {other} is not a text in PEM."),
        (b"x", (certificate, other), 1, "The private key is not valid PEM."),
    ):
        if content is not None:
            other.write_bytes(content)
        outcome = await run(rig, "import", *map(str, words))
        assert (outcome.code, outcome.out) == (code, "")
        assert sentence in outcome.err
