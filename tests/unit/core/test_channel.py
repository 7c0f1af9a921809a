import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventray_core.channel import (
    Channel,
    ChannelPattern,
    candidate_keys,
    is_namespace_name,
    is_namespace_wide,
)
from eventray_core.errors import InvalidChannelError

LONGEST = "a" * 50
CHANNELS = [
    ("default", "/default"),
    ("/default/a", "/default/a"),
    ("default/a", "/default/a"),
    ("default/a/", "/default/a"),
    ("/default/a/", "/default/a"),
    ("/Default/A", "/Default/A"),
    ("/1/2-3/4--5", "/1/2-3/4--5"),
    ("/a/b/c/d/e", "/a/b/c/d/e"),
    (f"/{LONGEST}/{LONGEST}", f"/{LONGEST}/{LONGEST}"),
]
NEITHER = [
    "",
    "/",
    "//a",
    "/a//b",
    "/a//",
    " /a",
    "/a\n",
    "/a/b/c/d/e/f",
    f"/{LONGEST}a",
    "/-a",
    "/a-",
    "/a_b",
    "/a.b",
    "/a:b",
    "/a@b",
    "/a/é",
    "/a/\u0663",
    "*",
    "/*",
    "/a/*/b",
    "/a/**",
    "/a/b*",
    "/a/*b",
    "/a/+",
    "/a*",
    "/a/b/c/d/e/*",
]
WILDCARDS = [
    ("/default/*", "/default/*"),
    ("default/*", "/default/*"),
    ("/default/*/", "/default/*"),
    ("/a/b/c/d/*", "/a/b/c/d/*"),
]
MATCHES = [
    ("/a", "/a", True),
    ("/a/b", "/a/b", True),
    ("/a/b", "/a/c", False),
    ("/a/b", "/a/b/c", False),
    ("/a/*", "/a/b", True),
    ("/a/*", "/a/b/c", True),
    ("/a/*", "/a/b/c/d/e", True),
    ("/a/*", "/a", False),
    ("/a/*", "/ab/c", False),
    ("/a/b/*", "/a/b", False),
    ("/a/b/*", "/a/bc", False),
    ("/a/b/*", "/a/b/c", True),
    ("/A/*", "/a/b", False),
]

# Few letters, so that channels and patterns often meet.
paths = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=5).map("/".join)
channels = paths.map(Channel.parse)
wildcards = st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=4).map(
    lambda segments: ChannelPattern.parse("/".join(segments) + "/*")
)
patterns = paths.map(ChannelPattern.parse) | wildcards


@pytest.mark.parametrize(("text", "path"), CHANNELS)
def test_a_channel_is_read_into_its_canonical_form(text: str, path: str) -> None:
    channel = Channel.parse(text)
    assert str(channel) == channel.path == path
    assert channel.segments == tuple(path.split("/")[1:])
    assert channel.namespace == channel.segments[0]
    assert ChannelPattern.parse(text).path == path
    assert not ChannelPattern.parse(text).is_wildcard


@pytest.mark.parametrize(("text", "path"), WILDCARDS)
def test_a_wildcard_is_a_pattern_and_no_channel(text: str, path: str) -> None:
    pattern = ChannelPattern.parse(text)
    assert str(pattern) == pattern.path == path
    assert pattern.is_wildcard
    assert pattern.segments == tuple(path.split("/")[1:])
    assert pattern.namespace == pattern.segments[0]
    with pytest.raises(InvalidChannelError):
        Channel.parse(text)


@pytest.mark.parametrize("text", NEITHER)
def test_anything_else_is_neither(text: str) -> None:
    for kind in (Channel, ChannelPattern):
        with pytest.raises(InvalidChannelError) as error:
            kind.parse(text)
        assert error.value.text == text


@pytest.mark.parametrize(("pattern", "channel", "expected"), MATCHES)
def test_a_wildcard_matches_any_depth_below_its_prefix(pattern: str, channel: str, expected: bool) -> None:
    assert ChannelPattern.parse(pattern).matches(Channel.parse(channel)) is expected


@given(patterns, channels)
def test_the_candidates_of_a_channel_are_the_patterns_that_match_it(
    pattern: ChannelPattern, channel: Channel
) -> None:
    assert pattern.matches(channel) == (pattern.key("api") in candidate_keys(channel.key("api")))


@given(channels)
def test_candidates_are_distinct_and_stay_within_the_api(channel: Channel) -> None:
    keys = candidate_keys(channel.key("api"))
    assert keys[0] == "api" + channel.path
    assert len(set(keys)) == len(keys) == len(channel.segments)
    assert all(key.startswith(f"api/{channel.namespace}") for key in keys)


@pytest.mark.parametrize(
    ("key", "expected"), [("api/a/*", True), ("api/a", False), ("api/a/b", False), ("api/a/b/*", False)]
)
def test_only_a_wildcard_right_below_the_namespace_is_namespace_wide(key: str, expected: bool) -> None:
    assert is_namespace_wide(key) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("default", True),
        ("a-1", True),
        (LONGEST, True),
        (LONGEST + "a", False),
        ("", False),
        ("a/b", False),
        ("*", False),
    ],
)
def test_a_namespaces_name_is_one_segment(text: str, expected: bool) -> None:
    assert is_namespace_name(text) is expected
