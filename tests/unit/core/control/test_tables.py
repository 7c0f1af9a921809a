from eventray_core.control.records import Change, Kind, Put, Remove, StackRecord, UserPolicyRecord
from eventray_core.control.tables import Tables


def policy(user: str, name: str, created: float = 1, document: str = "{}") -> UserPolicyRecord:
    return UserPolicyRecord(created=created, user_name=user, policy_name=name, document=document)


def tables(*changes: Change) -> Tables:
    filled = Tables()
    filled.apply(changes)
    return filled


def test_records_are_found_by_key_and_listed_below_their_parent_the_oldest_first() -> None:
    late, early, other = policy("u", "a", 2), policy("u", "b", 1), policy("v", "c", 0)
    filled = tables(late.put(), early.put(), other.put())
    assert filled.find(UserPolicyRecord, "u/a") == late
    assert filled.find(UserPolicyRecord, "u/c") is None
    assert filled.under(UserPolicyRecord, "u") == [early, late]
    assert filled.under(UserPolicyRecord) == []
    assert filled.all(UserPolicyRecord) == [other, early, late]
    assert (filled.count(UserPolicyRecord, "u"), filled.count(UserPolicyRecord, "w")) == (2, 0)


def test_records_of_the_same_age_are_in_the_order_of_their_keys() -> None:
    b, a = policy("u", "b"), policy("u", "a")
    assert tables(b.put(), a.put()).under(UserPolicyRecord, "u") == [a, b]


def test_changes_count_in_their_order() -> None:
    filled = tables(policy("u", "a").put(), policy("u", "a").remove(), policy("u", "a", document="[]").put())
    assert [p.document for p in filled.all(UserPolicyRecord)] == ["[]"]


def test_removing_what_is_not_there_is_no_matter() -> None:
    filled = tables(Remove(Kind.STACK, "s"), Remove(Kind.USER_POLICY, "u/a"))
    assert list(filled) == []


def test_nothing_is_left_of_what_was_removed() -> None:
    stack = StackRecord(created=1, last_modified=1, name="s", version=1, body="")
    filled = tables(stack.put(), policy("u", "a").put())
    assert list(filled) == [stack, policy("u", "a")]
    filled.apply([stack.remove(), Remove(Kind.USER_POLICY, "u/a")])
    assert list(filled) == []
    assert filled.find(StackRecord, "s") is None


def test_a_put_takes_the_earlier_records_place() -> None:
    body = policy("u", "a", document="[]").put().body
    assert (
        tables(policy("u", "a").put(), Put(Kind.USER_POLICY, "u/a", body)).count(UserPolicyRecord, "u") == 1
    )
