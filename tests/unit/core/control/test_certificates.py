import pytest
from tests.support.control_calls import NOON, ControlCalls

from eventray_core.control.certificate_contents import CertificateContents

PATH = "/eventray/certificates"


def read(chain_pem: str, key_pem: str) -> CertificateContents:
    """Certificates of this test are a line of names; the key is the first name backwards."""
    names = tuple(chain_pem.splitlines()[0].split(","))
    if key_pem != names[0][::-1]:
        raise ValueError("The private key is another certificate's.")
    return CertificateContents(
        chain_pem=chain_pem,
        key_pem=key_pem.upper(),
        names=names,
        not_before=1.5,
        not_after=9,
        fingerprint="f" * 64,
    )


@pytest.fixture
def calls() -> ControlCalls:
    return ControlCalls(read_certificate=read)


def imported(calls: ControlCalls, *names: str, **members: str) -> dict[str, str]:
    body = {"certificate": ",".join(names), "privateKey": names[0][::-1], **members}
    certificate: dict[str, str] = calls.good("POST", PATH, body)["certificate"]
    return certificate


def test_a_certificate_is_listed_without_its_key(calls: ControlCalls) -> None:
    certificate = imported(calls, "a.example.com", "*.b.example.com", certificateChain=" issuer\n")
    arn = f"arn:aws:acm:us-east-1:000000000000:certificate/{certificate['certificateId']}"
    assert certificate == {
        "certificateArn": arn,
        "certificateId": certificate["certificateId"],
        "domainNames": ["a.example.com", "*.b.example.com"],
        "notBefore": 1.5,
        "notAfter": 9,
        "fingerprint": "f" * 64,
        "created": NOON,
    }
    assert calls.good("GET", PATH) == {"certificates": [certificate]}
    found = calls.good("GET", f"{PATH}/{certificate['certificateId']}")["certificate"]
    assert found == {**certificate, "chain": "a.example.com,*.b.example.com\nissuer\n"}


def test_its_arn_is_good_for_a_domain_name(calls: ControlCalls) -> None:
    certificate = imported(calls, "events.example.com")
    calls.new_domain_name(certificateArn=certificate["certificateArn"])
    path = f"{PATH}/{certificate['certificateId']}"
    assert calls.refused("DELETE", path) == "BadRequestException"
    calls.good("DELETE", "/v1/domainnames/events.example.com")
    assert calls.good("DELETE", path) == {}
    for method in ("GET", "DELETE"):
        assert calls.refused(method, path) == "NotFoundException"


def test_a_later_import_takes_the_place_of_an_earlier_one(calls: ControlCalls) -> None:
    first = imported(calls, "a.example.com")
    again = imported(calls, "b.example.com", certificateArn=first["certificateArn"])
    assert again["certificateArn"] == first["certificateArn"]
    assert calls.good("GET", PATH) == {"certificates": [again]}


@pytest.mark.parametrize("arn", ["x", "", "arn:aws:acm:us-east-1:000000000000:certificate/nosuch"])
def test_only_what_is_there_can_be_replaced(calls: ControlCalls, arn: str) -> None:
    body = {"certificate": "a", "privateKey": "a", "certificateArn": arn}
    assert calls.refused("POST", PATH, body) == "NotFoundException"
    first = imported(calls, "a")
    elsewhere = first["certificateArn"].replace("us-east-1", "us-east-2")
    assert calls.refused("POST", PATH, {**body, "certificateArn": elsewhere}) == "NotFoundException"


@pytest.mark.parametrize("members", [{"certificate": ""}, {"privateKey": None}, {"certificate": 1}])
def test_bad_requests(calls: ControlCalls, members: dict[str, object]) -> None:
    body = {"certificate": "a", "privateKey": "a", **members}
    assert calls.refused("POST", PATH, body) == "BadRequestException"


def test_what_cannot_be_read_is_refused_in_the_readers_words(calls: ControlCalls) -> None:
    reply = calls("POST", PATH, {"certificate": "ab", "privateKey": "ab"})
    assert (reply.error, reply.message) == (
        "BadRequestException",
        "The private key is another certificate's.",
    )
    reply = ControlCalls()("POST", PATH, {"certificate": "ab", "privateKey": "ba"})
    assert reply.error == "BadRequestException"


def led_to_an_api(calls: ControlCalls, name: str, arn: str, api_id: str) -> None:
    calls.new_domain_name(name, certificateArn=arn)
    calls.good("POST", f"/v1/domainnames/{name}/apiassociation", {"apiId": api_id})


def test_each_name_that_leads_to_an_api_is_shown_with_its_certificate(calls: ControlCalls) -> None:
    own = imported(calls, "other.example.com")
    calls.now += 1
    imported(calls, "*.example.com")
    calls.now += 1
    latest = imported(calls, "unused.example.com", "*.example.com")
    elsewhere = latest["certificateArn"].replace("us-east-1", "us-east-2")
    api_id = calls.new_api()
    for name in ("Events.example.com", "*.example.com"):
        led_to_an_api(calls, name, own["certificateArn"], api_id)
    for name in ("b.example.com", "c.example.org"):
        led_to_an_api(calls, name, elsewhere, api_id)
    calls.new_domain_name("idle.example.com", certificateArn=own["certificateArn"])
    of_own, of_latest = calls.state.certificates()
    assert of_own.names == ("*.example.com", "events.example.com")
    assert (of_own.chain, of_own.key) == (b"other.example.com\n", b"MOC.ELPMAXE.REHTO")
    assert of_latest.names == ("b.example.com",)
    assert of_latest.chain == b"unused.example.com,*.example.com\n"
    for name in ("events.example.com", "*.example.com"):
        calls.good("DELETE", f"/v1/domainnames/{name}/apiassociation")
    assert calls.state.certificates() == (of_latest,)
