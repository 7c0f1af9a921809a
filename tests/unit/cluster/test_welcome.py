import json
import shlex
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from eventray_cluster.welcome import TlsEdge, Welcome, screen, write_private_json

NOON = 1_700_049_600
DAY = 86_400


TLS = TlsEdge("localhost", 8443, "ca.pem")


def welcome(api_key: str = "da2-abc", days: int = 300, tls: TlsEdge | None = None) -> Welcome:
    credentials = {
        "apiId": "api",
        "apiKey": api_key,
        "apiKeyExpires": str(NOON + days * DAY),
        "accessKeyId": "AKIA1",
        "secretAccessKey": "secret",
    }
    return Welcome("127.0.0.1", 8080, ("127.0.0.1:1", "127.0.0.1:2"), "eu-west-1", credentials, tls)


def test_the_ready_file_has_what_programs_need() -> None:
    assert welcome().ready_file() == {
        "apiId": "api",
        "apiKey": "da2-abc",
        "region": "eu-west-1",
        "httpUrl": "http://127.0.0.1:8080/event",
        "realtimeUrl": "ws://127.0.0.1:8080/event/realtime",
        "controlUrl": "http://127.0.0.1:8080",
        "accessKeyId": "AKIA1",
        "secretAccessKey": "secret",
        "gateways": ["http://127.0.0.1:1", "http://127.0.0.1:2"],
    }


@pytest.mark.parametrize("ca_file", [None, "/data/tls/ca.pem"])
def test_the_ready_file_says_where_tls_is(ca_file: str | None) -> None:
    told = replace(welcome(), tls=TlsEdge("localhost", 8443, ca_file)).ready_file()
    expected = {"httpsUrl": "https://localhost:8443/event", "wssUrl": "wss://localhost:8443/event/realtime"}
    if ca_file is not None:
        expected["caFile"] = ca_file
    assert told == {**welcome().ready_file(), **expected}


def test_people_are_shown_where_tls_is_and_whom_to_trust() -> None:
    rows = welcome(tls=TLS).rows(NOON)
    urls = ("https://localhost:8443/event", "wss://localhost:8443/event/realtime")
    assert (rows["HTTPS"], rows["WSS"]) == urls
    assert rows["Authority"].startswith("ca.pem ")
    rows = welcome(tls=TlsEdge("example.com", 443, None)).rows(NOON)
    assert rows["Authority"] == ""


def test_where_others_reach_it_is_told_too() -> None:
    shown = replace(welcome(tls=TLS), public_url="https://events.example.com")
    assert shown.rows(NOON)["Public"] == "https://events.example.com/event"
    assert shown.ready_file()["publicUrl"] == "https://events.example.com/event"
    assert shown.http_url == welcome().http_url
    assert welcome().rows(NOON)["Public"] == ""


@pytest.mark.parametrize(
    ("shown", "url"),
    [
        (welcome(tls=TLS), "https://localhost:8443/#key=da2-abc"),
        (welcome(), "http://127.0.0.1:8080/#key=da2-abc"),
        (welcome(api_key="", tls=TLS), "https://localhost:8443/"),
    ],
)
def test_the_page_is_shown_with_the_key_that_it_asks_for(shown: Welcome, url: str) -> None:
    assert shown.rows(NOON)["Browser"] == url


def test_amplify_is_told_the_endpoint_that_it_can_use() -> None:
    assert json.loads(welcome(tls=TLS).amplify())["API"]["Events"] == {
        "endpoint": "https://localhost:8443/event",
        "region": "eu-west-1",
        "defaultAuthMode": "apiKey",
        "apiKey": "da2-abc",
    }
    assert welcome().amplify() == ""
    assert welcome(api_key="", tls=TLS).amplify() == ""


def test_clients_are_told_all_but_the_administrators_keys() -> None:
    hidden = {"accessKeyId", "secretAccessKey"}
    told = welcome().for_clients()
    assert told == {key: value for key, value in welcome().ready_file().items() if key not in hidden}


def test_the_line_to_copy_publishes_one_event() -> None:
    command, url, *options = shlex.split(welcome().rows(NOON)["Publish"])
    assert (command, url) == ("curl", "http://127.0.0.1:8080/event")
    assert "x-api-key: da2-abc" in options
    body = json.loads(options[options.index("-d") + 1])
    assert body["channel"] == "/default/hello"
    assert [json.loads(event) for event in body["events"]] == [{"message": "hello world!"}]


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (welcome(), "da2-abc  (until 2024-09-10)"),
        (welcome(days=13), "da2-abc  (until 2023-11-28, WHICH IS IN LESS THAN 14 DAYS)"),
        (welcome(days=14), "da2-abc  (until 2023-11-29)"),
        (welcome(api_key=""), "none that is valid"),
    ],
)
def test_the_keys_end_is_told(shown: Welcome, told: str) -> None:
    assert shown.rows(NOON)["API key"] == told


def test_the_administrators_secret_is_not_on_the_screen() -> None:
    assert "secret" not in screen("Ready.", welcome().rows(NOON))


def test_the_screen_is_a_title_and_aligned_rows() -> None:
    assert (
        screen("Ready.", {"A": "1", "Empty": "", "Long name": "2"})
        == "Ready.\n\n  A          1\n  Long name  2\n"
    )


def test_what_has_several_lines_stands_below_the_rows() -> None:
    shown = screen("Ready.", {"A": "1"}, {"Block": "{\n}", "None": ""})
    assert shown == "Ready.\n\n  A  1\n\n  Block\n    {\n    }\n"


def test_a_private_file_appears_whole_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.write_text("old")
    path.chmod(0o644)
    write_private_json(path, {"a": 1})
    assert json.loads(path.read_text()) == {"a": 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(TypeError):
        write_private_json(path, {"a": object()})
    assert json.loads(path.read_text()) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]
