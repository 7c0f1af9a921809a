import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_core.policy import MalformedPolicyError, Policy, Verdict

API = "arn:aws:appsync:us-east-1:123456789012:apis/abc"


def document(*statements: object, **more: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def statement(effect: object = "Allow", action: object = "*", resource: object = "*", **more: object) -> Any:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def decide(text: str, action: str = "appsync:GetApi", resource: str = API) -> Verdict:
    return Policy.of([text]).decide(action, resource, {"aws:username": ("ada",)})


def naive_glob(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(naive_glob(pattern[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and naive_glob(pattern[1:], text[1:])


def naive_decide(statements: list[dict[str, Any]], action: str, resource: str) -> Verdict:
    """The documented rule, statement by statement."""

    def one(pattern: str, text: str, fold: bool) -> bool:
        return naive_glob(pattern.lower(), text.lower()) if fold else naive_glob(pattern, text)

    def about(s: dict[str, Any], name: str, text: str, fold: bool) -> bool:
        if name in s:
            return any(one(p, text, fold) for p in s[name])
        return not any(one(p, text, fold) for p in s[f"Not{name}"])

    effects = {
        s["Effect"]
        for s in statements
        if about(s, "Action", action, True) and about(s, "Resource", resource, False)
    }
    if "Deny" in effects:
        return Verdict.DENIED
    return Verdict.ALLOWED if "Allow" in effects else Verdict.NOT_ALLOWED


ACTION_PATTERNS = st.one_of(st.just("*"), st.text("abAB*?", min_size=1, max_size=4).map("s:".__add__))
RESOURCE_PATTERNS = st.one_of(st.just("*"), st.text("abAB*?/", max_size=5).map("arn:aws:s:::".__add__))


@st.composite
def statements(draw: st.DrawFn) -> dict[str, Any]:
    action = draw(st.sampled_from(["Action", "NotAction"]))
    resource = draw(st.sampled_from(["Resource", "NotResource"]))
    return {
        "Effect": draw(st.sampled_from(["Allow", "Deny"])),
        action: draw(st.lists(ACTION_PATTERNS, min_size=1, max_size=3)),
        resource: draw(st.lists(RESOURCE_PATTERNS, min_size=1, max_size=3)),
    }


@given(
    st.lists(statements(), min_size=1, max_size=4),
    st.text("abAB", min_size=1, max_size=4).map("s:".__add__),
    st.text("abAB/", max_size=5).map("arn:aws:s:::".__add__),
)
def test_the_decision_is_that_of_the_documented_rule(
    made: list[dict[str, Any]], action: str, resource: str
) -> None:
    assert decide(document(*made), action, resource) is naive_decide(made, action, resource)


@given(st.lists(statements(), min_size=2, max_size=4))
def test_it_does_not_matter_how_statements_are_spread_over_documents(made: list[dict[str, Any]]) -> None:
    together, apart = Policy.of([document(*made)]), Policy.of([document(s) for s in reversed(made)])
    for action, resource in [("s:ab", "arn:aws:s:::ab"), ("s:b", "arn:aws:s:::A/b")]:
        assert together.decide(action, resource, {}) is apart.decide(action, resource, {})


def test_without_documents_nothing_is_allowed() -> None:
    assert Policy.of([]).decide("appsync:GetApi", API, {}) is Verdict.NOT_ALLOWED


def test_deny_beats_allow_in_whatever_order() -> None:
    allow, deny = statement(), statement("Deny", "appsync:Get*")
    assert decide(document(allow, deny)) is decide(document(deny, allow)) is Verdict.DENIED
    assert decide(document(allow, deny), "appsync:ListApis") is Verdict.ALLOWED


def test_a_single_statement_needs_no_list() -> None:
    assert decide('{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}') is Verdict.ALLOWED


def test_case_counts_in_resources_and_not_in_actions() -> None:
    assert decide(document(statement(action="AppSync:getapi"))) is Verdict.ALLOWED
    assert decide(document(statement(resource=API.upper().replace("ARN", "arn")))) is Verdict.NOT_ALLOWED


@pytest.mark.parametrize(
    ("resource", "matches"),
    [
        ("arn:aws:appsync:us-east-1:123456789012:apis/abc", True),
        ("arn:aws:appsync:*:*:apis/*", True),
        ("arn:aws:appsync:us-east-1:123456789012:apis/ab?", True),
        ("arn:aws:appsync", True),
        ("arn:aws:appsync:us-east-1", True),
        ("arn:aws:appsync:us-east-1:123456789012:apis/abc/*", False),
        ("arn:aws:appsync:eu-west-1", False),
        ("arn:aws:appsync:us-east-1:123456789012:apis/${aws:username}", False),
    ],
)
def test_resources(resource: str, matches: bool) -> None:
    wanted = Verdict.ALLOWED if matches else Verdict.NOT_ALLOWED
    assert decide(document(statement(resource=resource))) is wanted


def test_variables_are_filled_in_by_the_newer_version_only() -> None:
    made = statement(resource="arn:aws:appsync:::apis/${aws:username}")
    own, literal = "arn:aws:appsync:::apis/ada", "arn:aws:appsync:::apis/${aws:username}"
    assert decide(document(made), resource=own) is Verdict.ALLOWED
    old = document(made, Version="2008-10-17")
    assert decide(old, resource=own) is Verdict.NOT_ALLOWED
    assert decide(old, resource=literal) is Verdict.ALLOWED


def test_a_condition_that_does_not_hold_takes_the_statement_away() -> None:
    made = statement(Condition={"StringEquals": {"aws:username": ["bob", "eve"]}})
    assert decide(document(made)) is Verdict.NOT_ALLOWED
    made["Condition"]["StringEquals"]["aws:username"].append("ada")
    assert decide(document(made)) is Verdict.ALLOWED


def without(key: str) -> dict[str, object]:
    return {k: v for k, v in statement().items() if k != key}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Syntax errors in policy"),
        ("[]", "must be a JSON object"),
        ("{}", "Each Statement must be an object"),
        ("[" * 100_000, "Syntax errors in policy"),
        ('{"Statement": [], "Version": "2012-10-17"}', "must not be empty"),
        ('{"Statement": {}, "Statement": {}}', "same key twice"),
        (document(statement(), Version="2020-01-01"), "Version must be"),
        (document(statement(), Version=["2012-10-17"]), "Version must be"),
        (document(statement(), Comment="x"), "no element Comment"),
        (document("x"), "must be an object"),
        (document(without("Effect")), "Effect must be"),
        (document(statement("allow")), "Effect must be"),
        (document(statement(["Allow"])), "Effect must be"),
        (document(without("Action")), "must contain actions"),
        (document(without("Resource")), "must contain resources"),
        (document(statement(NotAction="*")), "Give either Action or NotAction"),
        (document(statement(action=[])), "Action must be a text"),
        (document(statement(action=[1])), "Action must be a text"),
        (document(statement(action="GetApi")), "prefaced by a vendor"),
        (document(statement(action="app*:GetApi")), "prefaced by a vendor"),
        (document(statement(action="appsync:")), "prefaced by a vendor"),
        (document(statement(resource="apis/*")), "must be in ARN format"),
        (document(statement(resource="arn")), "must be in ARN format"),
        (document(statement(resource="arn:aws:x:::${aws:PrincipalTag/a}")), "aws:principaltag/a is not one"),
        (document(statement(resource="arn:aws:x:::${username}")), "policy variable ${username}"),
        (document(statement(Principal="*")), "should not specify a principal"),
        (document(statement(Condition={"StringEquals": {"aws:Unknown": "x"}})), "aws:Unknown is not one"),
        (document(statement(Sid="a b")), "must be letters and digits"),
        (document(statement(Sid=1)), "must be letters and digits"),
        (document(statement(Sid="a"), statement(Sid="a")), "must be unique"),
        (document(statement(actions="*")), "no element actions"),
        ('{"Statement": NaN}', "NaN is not JSON"),
    ],
)
def test_what_is_not_understood_is_refused(text: str, why: str) -> None:
    with pytest.raises(MalformedPolicyError) as error:
        Policy.of([text])
    assert why in str(error.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["Sid", "Effect", "Action", "Resource", "Condition"]), JSON))
def test_no_json_is_worse_than_malformed(made: dict[str, object]) -> None:
    with contextlib.suppress(MalformedPolicyError):
        Policy.of([document({**statement(), **made})])
