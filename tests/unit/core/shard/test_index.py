"""Who wants what."""

from hypothesis import given
from hypothesis import strategies as st

from eventray_core.channel import Channel, ChannelPattern
from eventray_core.shard.index import InterestIndex


def audience(index: InterestIndex, key: str, wide: InterestIndex | None = None) -> set[str]:
    return set(index.audience(key, wide or InterestIndex()))


def test_exact_and_wildcard_wishes_meet() -> None:
    index, wide = InterestIndex(), InterestIndex()
    index.add("api/a/b", "g1")
    index.add("api/a/b/*", "g2")
    wide.add("api/a/*", "g3")
    assert audience(index, "api/a/b", wide) == {"g1", "g3"}
    assert audience(index, "api/a/b/c", wide) == {"g2", "g3"}
    assert audience(index, "api/a", wide) == set()
    assert audience(index, "other/a/b", wide) == set()


def test_wishing_twice_is_wishing_once() -> None:
    index = InterestIndex()
    index.add("api/a/b", "g")
    index.add("api/a/b", "g")
    index.remove("api/a/b", "g")
    index.remove("api/a/b", "g")
    assert audience(index, "api/a/b") == set()
    assert len(index) == 0


def test_who_is_dropped_wants_nothing_and_others_still_do() -> None:
    index = InterestIndex()
    for key in ("api/a/b", "api/a/c"):
        index.add(key, "g1")
        index.add(key, "g2")
    index.drop("g1")
    assert index.gateways() == {"g2"}
    index.replace("g2", ["api/a/d"])
    assert audience(index, "api/a/b") == set()
    assert audience(index, "api/a/d") == {"g2"}


SEGMENTS = st.lists(st.sampled_from("ab"), min_size=1, max_size=5)


@given(st.lists(st.tuples(SEGMENTS, st.booleans())), SEGMENTS)
def test_the_index_agrees_with_the_patterns(wishes: list[tuple[list[str], bool]], path: list[str]) -> None:
    index = InterestIndex()
    channel = Channel.parse("/".join(path))
    expected = set()
    for number, (segments, wildcard) in enumerate(wishes):
        text = "/".join([*segments[:4], "*"] if wildcard else segments)
        pattern = ChannelPattern.parse(text)
        index.add(pattern.key("api"), str(number))
        if pattern.matches(channel):
            expected.add(str(number))
    assert audience(index, channel.key("api")) == expected
