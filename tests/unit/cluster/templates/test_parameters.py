import pytest

from eventray_cluster.errors import UsageError
from eventray_cluster.templates.parameters import parameter_values
from eventray_cluster.templates.template import Parameter

WORD = {"AllowedPattern": "[a-z]+", "MinLength": "2", "MaxLength": "4"}
PIN = {"MinLength": "4", "ConstraintDescription": "Four!"}
PARAMETERS = {
    p.name: p
    for p in (
        Parameter("Stage", "String", "dev", allowed=("dev", "prod")),
        Parameter("Zones", "CommaDelimitedList", "a, b"),
        Parameter("Ids", "List<AWS::EC2::Subnet::Id>", "1"),
        Parameter("Count", "Number", "3", rules={"MinValue": "1", "MaxValue": "5"}),
        Parameter("Word", "String", "abc", rules=WORD),
        Parameter("Secret", "String", "", secret=True),
        Parameter("Bootstrap", "AWS::SSM::Parameter::Value<String>", "/cdk/version"),
        Parameter("Images", "AWS::SSM::Parameter::Value<List<String>>", "/images"),
    )
}  # fmt: skip


def test_defaults_are_taken_and_lists_are_split() -> None:
    found = parameter_values(PARAMETERS, {}, {})
    assert found.values == {
        "Stage": "dev", "Zones": ["a", "b"], "Ids": ["1"], "Count": "3", "Word": "abc", "Secret": "",
    }  # fmt: skip
    assert set(found.lacking) == {"Bootstrap", "Images"}
    assert found.kept == {}


def test_what_is_given_beats_what_was_kept_and_that_the_default() -> None:
    found = parameter_values(PARAMETERS, {"Stage": "prod"}, {"Stage": "dev", "Count": "4", "Gone": "x"})
    assert (found.values["Stage"], found.values["Count"]) == ("prod", "4")
    assert found.kept == {"Stage": "prod", "Count": "4"}


def test_a_secret_is_not_kept() -> None:
    found = parameter_values(PARAMETERS, {"Secret": "hush"}, {})
    assert (found.values["Secret"], found.kept) == ("hush", {})


def test_what_aws_keeps_can_be_given() -> None:
    found = parameter_values(PARAMETERS, {"Bootstrap": "21", "Images": "a,b"}, {})
    assert (found.values["Bootstrap"], found.values["Images"]) == ("21", ["a", "b"])
    assert not found.lacking


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"Other": "x"}, "The template has no parameter 'Other'."),
        ({"Stage": "test"}, "The parameter 'Stage' cannot be 'test': it must be one of dev, prod."),
        ({"Count": "many"}, "The parameter 'Count' cannot be 'many': 'many' is not a number."),
        ({"Count": "6"}, "The parameter 'Count' cannot be '6': its MaxValue is 5."),
        ({"Count": "0"}, "The parameter 'Count' cannot be '0': its MinValue is 1."),
        ({"Word": "ABC"}, "The parameter 'Word' cannot be 'ABC': its AllowedPattern is [a-z]+."),
        ({"Word": "a"}, "The parameter 'Word' cannot be 'a': its MinLength is 2."),
        ({"Word": "abcde"}, "The parameter 'Word' cannot be 'abcde': its MaxLength is 4."),
    ],
)
def test_what_a_parameter_cannot_be_is_said(given: dict[str, str], sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parameter_values(PARAMETERS, given, {})
    assert str(caught.value) == sentence


def test_all_that_is_wrong_is_said_at_once_and_secrets_are_not_shown() -> None:
    parameters = {
        "Needed": Parameter("Needed", "String"),
        "Pin": Parameter("Pin", "String", secret=True, rules=PIN),
    }  # fmt: skip
    with pytest.raises(UsageError) as caught:
        parameter_values(parameters, {"Pin": "123"}, {})
    assert str(caught.value).splitlines() == [
        "The parameter 'Needed' has no value: give --parameter Needed=…",
        "The parameter 'Pin' cannot be what is given: Four!",
    ]
