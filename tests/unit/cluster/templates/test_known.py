import pytest

from eventray_cluster.templates.evaluating import Evaluator, LackingError, Scope
from eventray_cluster.templates.known import UNKNOWN, UNKNOWN_ARN, KnownResources, Made
from eventray_cluster.templates.placeholders import Placeholders
from eventray_cluster.templates.template import Resource

PSEUDO = {"AWS::Region": "us-east-1", "AWS::AccountId": "000000000000", "AWS::Partition": "aws"}
API, ROLE, ABSENT = (
    Resource("Api", "AWS::AppSync::Api"),
    Resource("Role", "AWS::IAM::Role"),
    Resource("Absent", "AWS::AppSync::Api", condition="No"),
)


@pytest.fixture
def known() -> KnownResources:
    placeholders = Placeholders("chat", PSEUDO, Evaluator(Scope({})), {"Role.Arn": "arn:real"})
    return KnownResources(
        {r.logical_id: r for r in (API, ROLE, ABSENT)}, {"Api": API, "Role": ROLE}, placeholders
    )


def test_what_is_not_made_yet_is_unknown_and_noted(known: KnownResources) -> None:
    assert (known.ref("Api"), known.attribute("Api", "ApiId"), known.unknown) == (UNKNOWN_ARN, UNKNOWN, True)


def test_what_is_made_has_its_values(known: KnownResources) -> None:
    known.made["Api"] = Made({"apiId": "a"}, "arn:a", {"ApiId": "a"})
    assert (known.ref("Api"), known.attribute("Api", "ApiId"), known.unknown) == ("arn:a", "a", False)


def test_what_is_not_deployed_has_placeholders_which_are_noted(known: KnownResources) -> None:
    assert (known.ref("Role"), known.attribute("Role", "RoleId")) == ("chat-Role", "chat-Role.RoleId")
    assert known.replaced == {"Role", "Role.RoleId"}


def test_a_value_that_the_caller_knows_is_no_placeholder(known: KnownResources) -> None:
    assert (known.attribute("Role", "Arn"), known.replaced) == ("arn:real", set())


@pytest.mark.parametrize(
    ("logical_id", "name", "message"),
    [
        ("Api", "Id", "AWS::AppSync::Api has no attribute 'Id'."),
        ("Absent", "ApiId", "The resource 'Absent' is not made, as its condition does not hold."),
        ("Nobody", "Arn", "There is no resource or parameter 'Nobody'."),
    ],
)
def test_what_cannot_be_had_is_said(known: KnownResources, logical_id: str, name: str, message: str) -> None:
    with pytest.raises(LackingError) as caught:
        known.attribute(logical_id, name)
    assert str(caught.value) == message
