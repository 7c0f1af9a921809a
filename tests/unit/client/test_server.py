import ssl
from pathlib import Path

import pytest

from eventray_client import ApiKey, ServerNotFoundError
from eventray_client.server import Server, http_url, http_url_of, realtime_url, realtime_url_of

ID = "abcdefghijklmnopqrstuvwxyz"
AWS = f"https://{ID}.appsync-api.us-east-1.amazonaws.com/event"
AWS_REALTIME = f"wss://{ID}.appsync-realtime-api.us-east-1.amazonaws.com/event/realtime"


@pytest.mark.parametrize(
    ("http", "realtime"),
    [
        ("http://127.0.0.1:8080/event", "ws://127.0.0.1:8080/event/realtime"),
        ("https://api.example.com/event", "wss://api.example.com/event/realtime"),
        ("https://api.example.com/v1/apis/x/event", "wss://api.example.com/v1/apis/x/event/realtime"),
        ("http://[::1]:8080/event", "ws://[::1]:8080/event/realtime"),
        (AWS, AWS_REALTIME),
        (AWS.replace(".com/", ".com.cn/"), AWS_REALTIME.replace(".com/", ".com.cn/")),
    ],
)
def test_either_url_follows_from_the_other(http: str, realtime: str) -> None:
    assert realtime_url_of(http) == realtime
    assert http_url_of(realtime) == http


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("http://host", "http://host/event"),
        ("http://host:1/", "http://host:1/event"),
        ("http://host/event/", "http://host/event/"),
        ("https://host/other?x=1", "https://host/other?x=1"),
    ],
)
def test_a_url_without_a_path_means_the_usual_one(given: str, meant: str) -> None:
    assert http_url(given) == meant
    assert realtime_url_of(http_url(given)).startswith(("ws://host", "wss://host"))
    assert realtime_url("ws://host") == "ws://host/event/realtime"


@pytest.mark.parametrize(
    "text", ["", "host:8080", "ftp://host", "ws://host", "http://", "http://host:x/", "http://[::1"]
)
def test_what_is_no_http_url_is_told(text: str) -> None:
    with pytest.raises(ServerNotFoundError, match="http:// or https://"):
        http_url(text)


def server(http: str, ca_file: Path | None = None) -> Server:
    return Server(http, realtime_url_of(http), ApiKey("da2-secret"), ca_file)


@pytest.mark.parametrize(
    ("url", "host", "address", "target"),
    [
        ("http://h/event", "h", ("h", 80), "/event"),
        ("https://h/event?x=1", "h", ("h", 443), "/event?x=1"),
        ("http://[::1]:8080/event", "[::1]:8080", ("::1", 8080), "/event"),
    ],
)
def test_a_url_is_taken_apart(url: str, host: str, address: tuple[str, int], target: str) -> None:
    found = server(url)
    assert (found.host, found.http_address, found.http_target) == (host, address, target)


def test_only_secure_urls_have_tls_and_it_checks_names() -> None:
    plain, secure = server("http://h/event"), server("https://h/event")
    assert (plain.tls(plain.http_url), plain.tls(plain.realtime_url)) == (None, None)
    for url in (secure.http_url, secure.realtime_url):
        context = secure.tls(url)
        assert context is not None
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_used_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    found = server("https://h/event", path)
    with pytest.raises(ServerNotFoundError, match=r"ca\.pem cannot be used"):
        found.tls(found.http_url)


def test_the_key_is_not_printed() -> None:
    assert "da2-secret" not in repr(
        Server("http://h/event", "ws://h", ApiKey("da2-secret"), api_key="da2-secret")
    )
