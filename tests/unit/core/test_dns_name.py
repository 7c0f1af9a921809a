import pytest

from eventray_core.dns_name import is_below, is_dns_name, matches, normalise


@pytest.mark.parametrize(
    "name", ["localhost", "a.b", "x-y.z9", "_dmarc.example.com", "a" * 63 + ".b", "1.example"]
)
def test_names(name: str) -> None:
    assert is_dns_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "a..b", ".a", "a.", "A.b", "-a", "a-", "*.a", "a b", "a/b", "é.fr", "a\n"),
        *("127.0.0.1", "1", "::1", "a" * 64, ".".join(["a" * 50] * 5)),
    ],
)
def test_no_names(name: str) -> None:
    assert not is_dns_name(name)


def test_normal_form() -> None:
    assert normalise("API.Example.COM.") == "api.example.com"


@pytest.mark.parametrize(
    ("name", "domain", "below"),
    [("a.b", "b", True), ("b", "b", True), ("ab", "b", False), ("b.a", "b", False), ("a.b.c", "b.c", True)],
)
def test_below(name: str, domain: str, below: bool) -> None:
    assert is_below(name, domain) is below


@pytest.mark.parametrize(
    ("name", "pattern", "good"),
    [
        ("a.example", "a.example", True),
        ("b.example", "a.example", False),
        ("a.example", "*.example", True),
        ("example", "*.example", False),
        ("a.b.example", "*.example", False),
        ("b.example", "b*.example", False),
        ("a-x.example", "*-x.example", True),
        ("-x.example", "*-x.example", False),
        ("a.example", "*-x.example", False),
        ("*.example", "*.example", True),
    ],
)
def test_wildcards(name: str, pattern: str, good: bool) -> None:
    assert matches(name, pattern) is good
