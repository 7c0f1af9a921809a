import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_core.iam import AccessKey, IamCatalog, IamUser, Principal, Refusal, request_context

ARN = "arn:aws:iam::123456789012:user/ada"
API = "arn:aws:appsync:us-east-1:123456789012:apis/abc"


def document(effect: str, action: str, resource: str = "*", **more: object) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def user(name: str = "ada", *keys: str, **policies: str) -> IamUser:
    made = tuple(AccessKey(access_key_id=key, secret="s") for key in keys)
    return IamUser(arn=f"arn:aws:iam::123456789012:user/{name}", access_keys=made, policies=policies)


def principal(catalog: IamCatalog, key: str) -> Principal:
    found = catalog.find(key)
    assert found is not None
    return found[1]


def test_a_user_is_found_by_each_of_its_keys() -> None:
    catalog = IamCatalog([user("ada", "K1", "K2"), user("bob", "K3")])
    assert principal(catalog, "K2") == Principal(ARN, "123456789012", "ada", "K2")
    assert principal(catalog, "K3").user_name == "bob"
    assert catalog.find("K4") is None
    assert {u.name for u in catalog} == {"ada", "bob"}


def test_a_changed_user_replaces_what_it_was() -> None:
    catalog = IamCatalog([user("ada", "K1", p=document("Allow", "*"))])
    who = principal(catalog, "K1")
    assert catalog.authorize(who, "appsync:GetApi", [API], {}) is None
    catalog.take(False, [user("ada", "K2")])
    assert catalog.find("K1") is None
    assert catalog.authorize(principal(catalog, "K2"), "appsync:GetApi", [API], {}) is not None


def test_a_removed_user_has_no_keys_and_no_rights() -> None:
    catalog = IamCatalog([user("ada", "K1", p=document("Allow", "*")), user("bob", "K2")])
    who = principal(catalog, "K1")
    catalog.take(False, [], [ARN])
    assert catalog.find("K1") is None
    assert catalog.authorize(who, "appsync:GetApi", [API], {}) is not None
    assert len(catalog) == 1


NAMES = st.sampled_from(["ada", "bob", "eve"])
KEYS = st.lists(st.sampled_from(["1", "2"]), unique=True)
CHANGES = st.lists(st.tuples(NAMES, st.none() | KEYS), max_size=6)


@given(CHANGES)
def test_changes_one_by_one_lead_to_the_same_as_a_snapshot(
    changes: list[tuple[str, list[str] | None]],
) -> None:
    catalog, users = IamCatalog(), dict[str, IamUser]()
    for name, keys in changes:
        if keys is None:
            gone = users.pop(name, user(name))
            catalog.take(False, [], [gone.arn])
        else:
            users[name] = user(name, *(name + key for key in keys))
            catalog.take(False, [users[name]])
    whole = IamCatalog([user("stale", "K9")])
    whole.take(True, users.values())
    every = ["K9", *(n + k for n in ("ada", "bob", "eve") for k in "12")]
    assert [catalog.find(key) for key in every] == [whole.find(key) for key in every]
    assert sorted(u.arn for u in catalog) == sorted(u.arn for u in whole)


def test_a_key_may_move_to_another_user() -> None:
    catalog = IamCatalog([user("ada", "K1"), user("bob")])
    catalog.take(False, [user("bob", "K1"), user("ada")])
    assert principal(catalog, "K1").user_name == "bob"


def test_the_refusal_is_in_the_words_of_aws() -> None:
    catalog = IamCatalog(
        [user("ada", "K1", p=document("Allow", "appsync:*"), q=document("Deny", "*:Delete*"))]
    )
    who = principal(catalog, "K1")
    sentence = f"User: {ARN} is not authorized to perform: %s on resource: {API} "
    assert catalog.authorize(who, "iam:GetUser", [API], {}) == Refusal(
        403,
        "AccessDeniedException",
        sentence % "iam:GetUser" + "because no identity-based policy allows the iam:GetUser action",
    )
    denied = sentence % "appsync:DeleteApi" + "with an explicit deny in an identity-based policy"
    assert catalog.authorize(who, "appsync:DeleteApi", [API], {}) == Refusal(
        403, "AccessDeniedException", denied
    )


def test_all_resources_must_be_allowed_and_the_first_that_is_not_is_named() -> None:
    catalog = IamCatalog([user("ada", "K1", p=document("Allow", "*", API))])
    who = principal(catalog, "K1")
    refused = catalog.authorize(who, "appsync:X", [API, "arn:b", "arn:c"], {})
    assert refused is not None
    assert "on resource: arn:b " in refused.message


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:username", "ada"),
        ("StringEquals", "aws:PrincipalAccount", "123456789012"),
        ("StringEquals", "aws:PrincipalType", "User"),
        ("ArnEquals", "aws:PrincipalArn", ARN),
        ("IpAddress", "aws:SourceIp", "192.0.2.0/24"),
        ("Bool", "aws:SecureTransport", "true"),
        ("StringEquals", "aws:RequestedRegion", "us-east-1"),
        ("StringLike", "aws:UserAgent", "Boto3/*"),
        ("DateEquals", "aws:CurrentTime", "2026-01-31T12:00:00Z"),
        ("NumericEquals", "aws:EpochTime", "1769860800"),
        ("StringEquals", "aws:RequestTag/TEAM", "red"),
        ("ForAllValues:StringEquals", "aws:TagKeys", "Team"),
    ],
)
def test_every_key_that_policies_may_use_is_known_of_a_request(operator: str, key: str, value: str) -> None:
    policy = document("Allow", "*", Condition={operator: {key: value}}, Resource="*")
    catalog = IamCatalog([user("ada", "K1", p=policy)])
    noon = datetime(2026, 1, 31, 12, tzinfo=UTC)
    context = request_context(noon, "us-east-1", "192.0.2.7", True, "Boto3/1.44", {"Team": "red"})
    assert catalog.authorize(principal(catalog, "K1"), "appsync:CreateApi", [API], context) is None
    present = document("Allow", "*", Condition={"Null": {key: "false"}})
    catalog.take(True, [user("ada", "K1", p=present)])
    assert catalog.authorize(principal(catalog, "K1"), "appsync:CreateApi", [API], context) is None


def test_tags_are_known_by_keys_without_case_and_removed_ones_by_their_keys_only() -> None:
    tags = {"Team": "red", "TEAM": "blue", "stage": None}
    context = request_context(datetime.now(UTC), "us-east-1", "", False, tags=tags)
    assert context["aws:requesttag/team"] == ("red", "blue")
    assert context["aws:tagkeys"] == ("Team", "TEAM", "stage")
    assert "aws:requesttag/stage" not in context


def test_unknown_facts_are_absent() -> None:
    context = request_context(datetime.now(UTC), "us-east-1", "", False)
    assert {key for key, values in context.items() if not values} == {
        "aws:sourceip",
        "aws:tagkeys",
        "aws:useragent",
    }


def test_no_repr_shows_a_secret_and_users_travel_as_messages() -> None:
    key = AccessKey(access_key_id="K1", secret="hidden", session_token="also-hidden")
    made = IamUser(arn=ARN, access_keys=(key,), policies={"p": document("Allow", "*")})
    assert "hidden" not in repr(made)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(made), type=IamUser) == made
