from collections.abc import Callable

import pytest
from tests.support.iam_calls import IamServer

from eventray_core.control.iam_projection import ADMINISTRATOR_POLICY, ALLOW_ALL

ATTEMPTS: dict[str, Callable[[str], tuple[str, str, object]]] = {
    "delete the key": lambda key: ("DELETE", f"/chief/access-keys/{key}", None),
    "switch the key off": lambda key: ("POST", f"/chief/access-keys/{key}", {"status": "Inactive"}),
    "delete the policy": lambda _: ("DELETE", f"/chief/policies/{ADMINISTRATOR_POLICY}", None),
    "weaken the policy": lambda _: (
        "POST",
        f"/chief/policies/{ADMINISTRATOR_POLICY}",
        {"policyDocument": ALLOW_ALL.replace('"*"', '"appsync:*"', 1)},
    ),
    "forbid it": lambda _: (
        "POST",
        "/chief/policies/deny",
        {"policyDocument": ALLOW_ALL.replace("Allow", "Deny").replace('"*"', '"iam:Put*"', 1)},
    ),
}


@pytest.fixture
def iam() -> IamServer:
    return IamServer()


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_last_administrator_goes_only_knowingly(iam: IamServer, attempt: str) -> None:
    method, path, body = ATTEMPTS[attempt](iam.add_administrator("chief"))
    status, error_type, message = iam.refused(method, path, body)
    assert (status, error_type) == (409, "DeleteConflictException")
    assert "force=true" in message
    assert iam.refused(method, path, body, force="yes")[0] == 409
    iam.done(method, path, body, force="true")


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_one_of_two_may_go(iam: IamServer, attempt: str) -> None:
    key = iam.add_administrator("chief")
    iam.add_administrator("other")
    iam.done(*ATTEMPTS[attempt](key))


@pytest.mark.parametrize(
    "other",
    [
        lambda iam: iam.add("other", policy=ALLOW_ALL),
        lambda iam: iam.add("other", key=True),
        lambda iam: iam.done("POST", "/chief/access-keys", {"durationSeconds": 900}),
        lambda iam: iam.add("other", True, ALLOW_ALL.replace('"*"', '["iam:Create*","iam:List*"]', 1)),
        lambda iam: iam.add(
            "other", True, ALLOW_ALL[:-3] + ',"Condition":{"Bool":{"aws:SecureTransport":true}}}]}'
        ),
    ],
    ids=["no key", "no policy", "a temporary key", "too few rights", "under a condition"],
)
def test_who_is_no_administrator(iam: IamServer, other: Callable[[IamServer], object]) -> None:
    key = iam.add_administrator("chief")
    other(iam)
    assert iam.refused("DELETE", f"/chief/access-keys/{key}")[0] == 409


def test_whoever_may_give_rights_to_itself_is_an_administrator(iam: IamServer) -> None:
    key = iam.add_administrator("chief")
    own = ALLOW_ALL.replace('"*"', '"iam:*"', 1).replace(
        '"Resource":"*"', '"Resource":"arn:aws:iam::*:user/${aws:username}"'
    )
    iam.add("other", True, own)
    iam.done("DELETE", f"/chief/access-keys/{key}")


def test_without_an_administrator_nothing_is_held_back(iam: IamServer) -> None:
    key = iam.add("ada", True)
    iam.done("DELETE", f"/ada/access-keys/{key}")
