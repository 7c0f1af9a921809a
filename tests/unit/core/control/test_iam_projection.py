from tests.support.iam_calls import IamServer

from eventray_core.control.facts import Facts
from eventray_core.control.iam_projection import development_user, project_users, touched_users
from eventray_core.control.records import Change, Kind, Put, Remove
from eventray_core.iam import IamCatalog


def test_a_user_comes_with_keys_and_policies_and_goes_by_name() -> None:
    iam = IamServer()
    key = iam.add_administrator("chief")
    iam.add("ada")
    changed, removed = iam.state.project_users(["chief", "gone"])
    assert [user.name for user in changed] == ["chief"]
    assert [k.access_key_id for k in changed[0].access_keys] == [key]
    assert list(changed[0].policies) == ["AdministratorAccess"]
    assert removed == ["arn:aws:iam::000000000000:user/gone"]
    everybody, none = project_users(iam.state.tables, iam.state.facts)
    assert {user.name for user in everybody} == {"chief", "ada"}
    assert none == []


def test_only_changes_of_users_touch_users() -> None:
    changes: list[Change] = [
        Put(Kind.API, "abc", b"{}"),
        Put(Kind.ACCESS_KEY, "ada/AKIA", b"{}"),
        Remove(Kind.USER_POLICY, "bob/p"),
        Remove(Kind.IAM_USER, "ada"),
    ]
    assert touched_users(changes) == ("ada", "bob")


def test_the_development_user_may_do_everything_and_is_nobody_else() -> None:
    user = development_user(Facts())
    assert user.access_keys[0].local_only
    catalog = IamCatalog([user])
    found = catalog.find("test")
    assert found is not None
    assert found[0].secret == "test"
    assert catalog.authorize(found[1], "iam:CreateUser", ["*"], {}) is None
    iam = IamServer()
    for name in ("test", "dev"):
        iam.add(name)
    assert user.arn not in {u.arn for u in project_users(iam.state.tables, Facts())[0]}


def test_only_a_server_for_development_has_that_user() -> None:
    iam = IamServer()
    iam.add("ada")
    names = [user.name for user in iam.state.project_users()[0]]
    developing = Facts(development=True)
    assert [user.name for user in project_users(iam.state.tables, developing)[0]] == [*names, "test"]
    assert names == ["ada"]
