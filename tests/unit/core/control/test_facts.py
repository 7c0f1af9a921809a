import pytest

from eventray_core.control.facts import Facts


@pytest.mark.parametrize(
    ("facts", "host"),
    [
        (Facts(port=8443), "x.localhost:8443"),
        (Facts(port=443), "x.localhost"),
        (Facts(port=80), "x.localhost:80"),
        (Facts(port=8443, domain_suffix="events.example.com"), "x.events.example.com:8443"),
        (Facts(port=8443, public_url="https://events.example.com"), "x.localhost"),
        (Facts(port=8443, public_url="http://events.example.com/"), "x.localhost:80"),
        (Facts(port=8443, public_url="https://events.example.com:9443"), "x.localhost:9443"),
        (Facts(port=8443, public_url="http://[::1]:443"), "x.localhost"),
    ],
)
def test_a_host_name_has_the_port_that_clients_connect_to(facts: Facts, host: str) -> None:
    assert facts.host("x") == host


@pytest.mark.parametrize("account_id", ["", "12345678901", "1234567890123", "12345678901a"])
def test_an_account_id_has_twelve_digits(account_id: str) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        Facts(account_id=account_id)


@pytest.mark.parametrize("url", ["", "events.example.com", "https://", "/x"])
def test_a_public_url_has_a_host(url: str) -> None:
    with pytest.raises(ValueError, match="URL"):
        Facts(public_url=url)


def test_api_arns_are_long_enough_for_the_tag_operations_of_boto3() -> None:
    facts = Facts()
    assert len(f"arn:aws:appsync:{facts.region}:{facts.account_id}:apis/") + 26 == 70
