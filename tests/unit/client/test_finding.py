import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from eventray_client import ApiKey, EventsClient, ServerNotFoundError
from eventray_client.finding import Wanted, find_server
from eventray_client.server import Server

READY = {
    "apiId": "api",
    "apiKey": "da2-ready",
    "region": "eu-west-1",
    "httpUrl": "http://ready:1/event",
    "realtimeUrl": "ws://ready:1/event/realtime",
    "secretAccessKey": "not for us",
}
SECURE = {**READY, "httpsUrl": "https://ready:2/event", "wssUrl": "wss://ready:2/x", "caFile": "/ca.pem"}


def shown(server: Server) -> tuple[str, str, str]:
    return server.http_url, server.realtime_url, server.api_key


@pytest.fixture
def ready_file(tmp_path: Path) -> Path:
    path = tmp_path / "ready.json"
    path.write_text(json.dumps(READY))
    return path


async def test_arguments_beat_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTRAY_HTTP_URL", "http://env/event")
    monkeypatch.setenv("EVENTRAY_API_KEY", "da2-env")
    monkeypatch.setenv("EVENTRAY_CA_FILE", "ca.pem")
    found = await find_server(Wanted(http_url="http://arg/event"))
    assert shown(found) == ("http://arg/event", "ws://arg/event/realtime", "da2-env")
    assert found.ca_file == Path("ca.pem")
    found = await find_server(Wanted(api_key="da2-arg"))
    assert shown(found) == ("http://env/event", "ws://env/event/realtime", "da2-arg")


async def test_urls_are_never_of_two_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTRAY_REALTIME_URL", "ws://env/event/realtime")
    found = await find_server(Wanted("http://arg/event", api_key="k"))
    assert found.realtime_url == "ws://arg/event/realtime"


async def test_a_realtime_url_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTRAY_REALTIME_URL", "wss://env/event/realtime")
    assert (await find_server(Wanted(api_key="k"))).http_url == "https://env/event"


async def test_the_environment_may_name_the_ready_file(
    ready_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTRAY_READY_FILE", str(ready_file))
    found = await find_server(Wanted())
    assert shown(found) == (READY["httpUrl"], READY["realtimeUrl"], "da2-ready")
    assert found.region == "eu-west-1"


async def test_a_given_ready_file_beats_the_environment(
    ready_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTRAY_HTTP_URL", "http://env/event")
    monkeypatch.setenv("EVENTRAY_API_KEY", "da2-env")
    assert shown(await find_server(Wanted(), ready_file=ready_file))[::2] == (READY["httpUrl"], "da2-ready")
    async with EventsClient(ready_file=ready_file) as events:
        assert events.server.api_key == "da2-ready"


async def test_a_servers_key_is_not_shown_to_another(
    ready_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTRAY_READY_FILE", str(ready_file))
    with pytest.raises(ServerNotFoundError, match="EVENTRAY_API_KEY"):
        await find_server(Wanted("http://other/event"))


async def test_the_first_of_several_files_that_says_something_counts(
    tmp_path: Path, ready_file: Path
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    files = [tmp_path / "missing.json", broken, ready_file]
    assert (await find_server(Wanted(), fallback_files=files)).api_key == "da2-ready"


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"rayAddress": "x"}'])
async def test_a_given_ready_file_must_say_something(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ready.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ServerNotFoundError, match=r"ready\.json does not say where a server is"):
        await find_server(Wanted(), ready_file=path)


@pytest.mark.parametrize(
    ("prefer_tls", "urls"),
    [
        (False, (READY["httpUrl"], READY["realtimeUrl"])),
        (True, (SECURE["httpsUrl"], SECURE["wssUrl"])),
    ],
)
async def test_a_server_with_tls_is_reached_as_preferred(
    tmp_path: Path, prefer_tls: bool, urls: tuple[str, str]
) -> None:
    path = tmp_path / "ready.json"
    path.write_text(json.dumps(SECURE))
    found = await find_server(Wanted(), ready_file=path, prefer_tls=prefer_tls)
    assert (found.http_url, found.realtime_url) == urls
    assert found.ca_file == Path("/ca.pem")


async def test_another_authorization_needs_no_key() -> None:
    authorization = ApiKey("other")
    found = await find_server(Wanted("http://h/event"), authorization)
    assert found.authorization is authorization


async def test_nothing_is_asked_of_a_ray_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", SimpleNamespace(is_initialized=lambda: False))
    with pytest.raises(ServerNotFoundError, match="eventray serve"):
        await find_server(Wanted())
