import re

import pytest
from tests.support.iam_calls import NOW, IamServer

from eventray_core.control.facts import Facts, Quotas
from eventray_core.control.iam import name_of_new_user, new_access_key

ARN = "arn:aws:iam::000000000000:user/ada"
MISSING = (404, "NoSuchEntityException", "The user with name ada cannot be found.")


@pytest.fixture
def iam() -> IamServer:
    return IamServer()


def test_a_user_is_made_shown_listed_and_deleted(iam: IamServer) -> None:
    shown = {"userName": "ada", "arn": ARN, "created": NOW}
    assert iam.done("POST", "", {"userName": "ada"}) == {"user": shown}
    assert iam.done("GET", "/ada") == {"user": shown}
    assert iam.done("GET", "") == {"users": [shown]}
    assert iam.done("DELETE", "/ada") == {}
    assert iam.done("GET", "") == {"users": []}
    assert iam.refused("GET", "/ada") == MISSING


@pytest.mark.parametrize("name", ["", "a b", "a/b", "ä", "a\n", "a" * 65])
def test_names_that_are_none(iam: IamServer, name: str) -> None:
    status, error_type, message = iam.refused("POST", "", {"userName": name})
    assert (status, error_type) == (400, "BadRequestException")
    assert message.startswith("1 validation error detected: Value at 'userName' failed to satisfy constraint")


@pytest.mark.parametrize("body", [None, {}, {"userName": 1}, {"userName": None}, []])
def test_a_name_is_needed(iam: IamServer, body: object) -> None:
    assert iam.refused("POST", "", body)[:2] == (400, "BadRequestException")


def test_names_that_differ_in_case_only_are_the_same(iam: IamServer) -> None:
    iam.add("ada")
    assert iam.refused("POST", "", {"userName": "ADA"}) == (
        409, "EntityAlreadyExistsException", "User with name ADA already exists.",
    )  # fmt: skip


def test_there_are_only_so_many_users() -> None:
    iam = IamServer(Facts(quotas=Quotas(iam_users=1)))
    iam.add("ada")
    assert iam.refused("POST", "", {"userName": "bob"}) == (
        409, "LimitExceededException", "Cannot exceed quota for UsersPerAccount: 1",
    )  # fmt: skip


def test_a_user_with_keys_or_policies_stays(iam: IamServer) -> None:
    key = iam.add_administrator("ada")
    assert iam.refused("DELETE", "/ada") == (
        409, "DeleteConflictException", "Cannot delete entity, must delete access keys first.",
    )  # fmt: skip
    iam.done("DELETE", f"/ada/access-keys/{key}", force="true")
    assert iam.refused("DELETE", "/ada") == (
        409, "DeleteConflictException", "Cannot delete entity, must delete policies first.",
    )  # fmt: skip


def test_the_secret_is_told_once(iam: IamServer) -> None:
    iam.add("ada")
    made = iam.done("POST", "/ada/access-keys")["accessKey"]
    secret = made.pop("secretAccessKey")
    assert len(secret) == 40
    assert re.fullmatch("AKIA[A-Z2-7]{16}", made["accessKeyId"])
    assert made["status"] == "Active"
    answer = iam.call("GET", "/ada/access-keys").answer
    assert secret.encode() not in answer.body
    assert iam.done("GET", "/ada/access-keys") == {"accessKeys": [made]}
    found = iam.catalog.find(made["accessKeyId"])
    assert found is not None
    assert (found[0].secret, found[1].arn) == (secret, ARN)


def test_keys_are_switched_off_and_on(iam: IamServer) -> None:
    key = iam.add("ada", key=True)
    for status in ("Inactive", "Active"):
        assert iam.done("POST", f"/ada/access-keys/{key}", {"status": status}) == {}
        assert iam.done("GET", "/ada/access-keys")["accessKeys"][0]["status"] == status
        found = iam.catalog.find(key)
        assert found is not None
        assert found[0].active is (status == "Active")
    assert iam.refused("POST", f"/ada/access-keys/{key}", {"status": "Expired"})[1] == "BadRequestException"


def test_a_deleted_key_is_gone(iam: IamServer) -> None:
    key = iam.add("ada", key=True)
    assert iam.done("DELETE", f"/ada/access-keys/{key}") == {}
    assert iam.catalog.find(key) is None
    assert iam.refused("DELETE", f"/ada/access-keys/{key}") == (
        404, "NoSuchEntityException", f"The Access Key with id {key} cannot be found.",
    )  # fmt: skip


def test_a_key_is_its_owners_only(iam: IamServer) -> None:
    key = iam.add("ada", key=True)
    iam.add("bob")
    assert iam.refused("DELETE", f"/bob/access-keys/{key}")[1] == "NoSuchEntityException"


def test_two_keys_are_as_many_as_there_may_be(iam: IamServer) -> None:
    iam.add("ada", key=True)
    iam.done("POST", "/ada/access-keys")
    assert iam.refused("POST", "/ada/access-keys") == (
        409, "LimitExceededException", "Cannot exceed quota for AccessKeysPerUser: 2",
    )  # fmt: skip


def test_a_temporary_key_has_a_token_and_an_end(iam: IamServer) -> None:
    iam.add("ada")
    made = iam.done("POST", "/ada/access-keys", {"durationSeconds": 900})["accessKey"]
    assert made["accessKeyId"].startswith("ASIA")
    assert made["expires"] == int(NOW) + 900
    found = iam.catalog.find(made["accessKeyId"])
    assert found is not None
    assert (found[0].session_token, found[0].expires) == (made["sessionToken"], made["expires"])
    assert "sessionToken" not in iam.done("GET", "/ada/access-keys")["accessKeys"][0]
    iam.now = made["expires"]
    assert iam.done("GET", "/ada/access-keys") == {"accessKeys": []}
    iam.done("POST", "/ada/access-keys", {"durationSeconds": 900})
    assert iam.catalog.find(made["accessKeyId"]) is None
    assert iam.done("DELETE", "/ada") == {}
    assert len(iam.catalog) == 0


@pytest.mark.parametrize("seconds", [899, 129_601, "900", True])
def test_how_long_a_temporary_key_may_last(iam: IamServer, seconds: object) -> None:
    iam.add("ada")
    refused = iam.refused("POST", "/ada/access-keys", {"durationSeconds": seconds})
    assert refused[:2] == (400, "BadRequestException")


def test_temporary_keys_do_not_count_among_the_two_but_are_not_endless(iam: IamServer) -> None:
    iam.add("ada")
    for _ in range(100):
        iam.done("POST", "/ada/access-keys", {"durationSeconds": 900})
    assert iam.refused("POST", "/ada/access-keys", {"durationSeconds": 900})[1] == "LimitExceededException"
    iam.done("POST", "/ada/access-keys")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/access-keys"),
        ("POST", "/access-keys"),
        ("DELETE", "/access-keys/x"),
    ],
)
def test_a_user_that_is_not_there(iam: IamServer, method: str, path: str) -> None:
    assert iam.refused(method, "/ada" + path) == MISSING


def test_lists_come_in_pages(iam: IamServer) -> None:
    for number in range(5):
        iam.add(f"user-{number}")
    names: list[str] = []
    token: dict[str, str] = {}
    while True:
        answer = iam.done("GET", "", maxResults="2", **token)
        names += [user["userName"] for user in answer["users"]]
        if "nextToken" not in answer:
            break
        token = {"nextToken": answer["nextToken"]}
    assert names == [f"user-{number}" for number in range(5)]


def test_keys_have_the_form_of_aws() -> None:
    key = new_access_key("ada", NOW, lambda size: b"\xff" * size)
    assert (key.access_key_id, len(key.secret_access_key)) == ("AKIA" + "7" * 16, 40)
    assert key.session_token == ""


@pytest.mark.parametrize(
    ("body", "name"),
    [(b'{"userName": "ada"}', "ada"), (b"", ""), (b"[1]", ""), (b"{", ""), (b'{"userName": 1}', "")],
)
def test_the_name_that_a_policy_is_asked_about(body: bytes, name: str) -> None:
    assert name_of_new_user(body) == name
