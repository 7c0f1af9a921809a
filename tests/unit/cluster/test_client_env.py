import json
from pathlib import Path

import pytest

from eventray_client import ApiKey, Server
from eventray_cluster.client_env import AppSettings, EnvFormat


def app(scheme: str = "http", ca_file: Path | None = None) -> AppSettings:
    secure = scheme[4:]
    urls = (f"{scheme}://h:1/event", f"ws{secure}://h:1/event/realtime")
    return AppSettings(Server(*urls, ApiKey("da2-k"), ca_file, api_key="da2-k"), "eu-west-1")


@pytest.mark.parametrize(
    ("format_", "prefix"),
    [(EnvFormat.DOTENV, ""), (EnvFormat.VITE, "VITE_"), (EnvFormat.NEXT, "NEXT_PUBLIC_")],
)
def test_variables_have_the_prefix_that_the_tool_wants(format_: EnvFormat, prefix: str) -> None:
    assert app().text(format_).splitlines() == [
        f"{prefix}EVENTRAY_HTTP_URL=http://h:1/event",
        f"{prefix}EVENTRAY_REALTIME_URL=ws://h:1/event/realtime",
        f"{prefix}EVENTRAY_REGION=eu-west-1",
        f"{prefix}EVENTRAY_AUTH_MODE=apiKey",
        f"{prefix}EVENTRAY_API_KEY=da2-k",
    ]


def test_a_ca_file_is_told_and_quoted() -> None:
    last = app("https", Path("/my files/ca.pem")).text(EnvFormat.DOTENV).splitlines()[-1]
    assert last == 'EVENTRAY_CA_FILE="/my files/ca.pem"'


def test_amplify_gets_what_it_is_configured_with() -> None:
    events = {
        "endpoint": "https://h:1/event",
        "region": "eu-west-1",
        "defaultAuthMode": "apiKey",
        "apiKey": "da2-k",
    }
    assert json.loads(app("https").text(EnvFormat.AMPLIFY)) == {"API": {"Events": events}}


def test_json_is_for_any_program() -> None:
    assert json.loads(app().text(EnvFormat.JSON)) == {
        "httpUrl": "http://h:1/event",
        "realtimeUrl": "ws://h:1/event/realtime",
        "region": "eu-west-1",
        "authMode": "apiKey",
        "apiKey": "da2-k",
    }


@pytest.mark.parametrize(
    ("scheme", "format_", "warned"),
    [
        ("http", EnvFormat.AMPLIFY, True),
        ("https", EnvFormat.AMPLIFY, False),
        ("http", EnvFormat.VITE, False),
    ],
)
def test_only_amplify_cannot_do_without_tls(scheme: str, format_: EnvFormat, warned: bool) -> None:
    assert bool(app(scheme).warning(format_)) == warned
