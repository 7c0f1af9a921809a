import pytest

from eventray_core.iam import Refusal
from eventray_gateway.auth.signed_request import SignedRequest
from eventray_gateway.auth.sigv4_header import RefusedError, SignatureHeader, check_scope, parse_header

NOW = 1_769_860_800.0  # 2026-01-31, noon
DATE = "20260131T120000Z"
CREDENTIAL = "AKIA/20260131/us-east-1/appsync/aws4_request"
GOOD = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature=abc"


def request(authorization: str, *headers: tuple[str, str]) -> SignedRequest:
    return SignedRequest("GET", "/", "", [("Authorization", authorization), *headers], b"")


def parse(authorization: str = GOOD, date: str = DATE) -> SignatureHeader:
    return parse_header(request(authorization, ("X-Amz-Date", date)))


def refusal_of(authorization: str = GOOD, date: str = DATE, now: float = NOW) -> Refusal:
    with pytest.raises(RefusedError) as error:
        check_scope(parse(authorization, date), now)
    return error.value.refusal


def test_a_good_header_is_read() -> None:
    header = parse()
    check_scope(header, NOW)
    assert header.access_key_id == "AKIA"
    assert header.scope == "20260131/us-east-1/appsync/aws4_request"
    assert header.signed_headers == ("host", "x-amz-date")
    assert (header.signature, header.timestamp) == ("abc", DATE)


@pytest.mark.parametrize("separator", [",", ", ", " ,  "])
def test_parameters_come_with_and_without_spaces_in_any_order(separator: str) -> None:
    parts = reversed(GOOD.removeprefix("AWS4-HMAC-SHA256 ").split(", "))
    assert parse("AWS4-HMAC-SHA256 " + separator.join(parts)) == parse()


@pytest.mark.parametrize("date", ["Sat, 31 Jan 2026 12:00:00 GMT", "Sat, 31 Jan 2026 13:00:00 +0100", DATE])
def test_the_date_may_come_in_the_date_header(date: str) -> None:
    assert parse_header(request(GOOD, ("Date", date))).timestamp == DATE


def test_amazons_date_header_goes_before_the_other() -> None:
    headers = ("Date", "Sat, 31 Jan 2026 11:00:00 GMT"), ("X-Amz-Date", DATE)
    assert parse_header(request(GOOD, *headers)).timestamp == DATE


@pytest.mark.parametrize("text", ["", "   "])
def test_without_a_header_a_token_is_missing(text: str) -> None:
    assert refusal_of(text) == Refusal(
        403, "MissingAuthenticationTokenException", "Missing Authentication Token"
    )


@pytest.mark.parametrize(
    ("authorization", "why"),
    [
        ("Bearer eyJ", "Unsupported authorization type"),
        (GOOD.replace("HMAC", "ECDSA-P256"), "Unsupported authorization type"),
        ("AWS4-HMAC-SHA256", "missing equal-sign"),
        (GOOD.replace("Signature=", "Signature"), "missing equal-sign"),
        (GOOD.replace("Signature=abc", "Signature="), "requires 'Signature' parameter"),
        (GOOD.replace("SignedHeaders=host;x-amz-date, ", ""), "requires 'SignedHeaders' parameter"),
        (GOOD.replace("Credential", "Credentials"), "requires 'Credential' parameter"),
        (
            GOOD.replace("AKIA/", ""),
            "exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, but",
        ),
    ],
)
def test_an_incomplete_header(authorization: str, why: str) -> None:
    refusal = refusal_of(authorization)
    assert (refusal.status, refusal.error_type) == (400, "IncompleteSignatureException")
    assert why in refusal.message
    assert "AKIA" not in refusal.message


@pytest.mark.parametrize("date", ["", "now", "2026-01-31T12:00:00Z", "Fri, 31 Dec 9999 23:59:59 -2359"])
def test_a_date_that_is_none(date: str) -> None:
    refusal = refusal_of(date=date)
    assert (refusal.status, refusal.error_type) == (400, "IncompleteSignatureException")
    assert "Date" in refusal.message


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("/appsync/", "/s3/", "correct service: 'appsync'"),
        ("aws4_request", "aws3_request", "valid terminator: 'aws4_request'"),
        ("us-east-1", "", "valid region"),
        ("us-east-1", "r" * 65, "valid region"),
        ("/20260131/", "/20260130/", "'20260130' != '20260131', from '20260131T120000Z'"),
        ("host;", "", "'Host' or ':authority' must be a 'SignedHeader'"),
    ],
)
def test_a_scope_that_is_not_ours(old: str, new: str, why: str) -> None:
    refusal = refusal_of(GOOD.replace(old, new))
    assert (refusal.status, refusal.error_type) == (403, "InvalidSignatureException")
    assert why in refusal.message


def test_any_region_will_do() -> None:
    check_scope(parse(GOOD.replace("us-east-1", "mars-north-1")), NOW)


def test_clocks_may_differ_by_five_minutes() -> None:
    for skew in (-300, 0, 300):
        check_scope(parse(), NOW + skew)
    late = refusal_of(now=NOW + 301)
    assert late.error_type == "InvalidSignatureException"
    assert late.message == (
        "Signature expired: 20260131T120000Z is now earlier than 20260131T120001Z (20260131T120501Z - 5 min.)"
    )
    assert refusal_of(now=NOW - 301).message == (
        "Signature not yet current: 20260131T120000Z is still later than 20260131T115959Z "
        "(20260131T115459Z + 5 min.)"
    )
