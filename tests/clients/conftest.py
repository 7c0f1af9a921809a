"""What the published clients are told of a server, and a browser that trusts it."""

from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.browser import Browser
from tests.support.commands import Shell
from tests.support.served import Served


@pytest_asyncio.fixture
async def amplify_configuration(server: Served, tmp_path: Path) -> str:
    """What `eventray env` prints for Amplify."""
    return await configuration_of(server, tmp_path)


async def configuration_of(server: Served, folder: Path) -> str:
    shell = Shell(folder, {"EVENTRAY_DATA_DIR": str(server.folder / "data")})
    printed = await shell.run("env", "--format", "amplify")
    assert (printed.code, printed.err) == (0, "")
    return printed.out


@pytest_asyncio.fixture
async def browser(server: Served, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """Trusts the server's authority."""
    found = Browser(tmp_path_factory.mktemp("home"))
    await found.trust(server.ca_file)
    return found
