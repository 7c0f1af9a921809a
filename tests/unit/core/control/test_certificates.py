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
    assert {c.key_pem for c in calls.state.certificates().values()} == {"MOC.ELPMAXE.A"}


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


def test_a_domain_names_own_certificate_goes_before_one_that_covers_it(calls: ControlCalls) -> None:
    own = imported(calls, "other.example.com")
    calls.now += 1
    imported(calls, "events.example.com", "*.example.com")
    calls.now += 1
    latest = imported(calls, "*.example.com")
    calls.new_domain_name("Events.example.com", certificateArn=own["certificateArn"])
    calls.new_domain_name("elsewhere.example.com")
    found = {name: c.certificate_id for name, c in calls.state.certificates().items()}
    assert found == {
        "events.example.com": own["certificateId"],
        "other.example.com": own["certificateId"],
        "*.example.com": latest["certificateId"],
    }
