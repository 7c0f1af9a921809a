"""Channels and patterns of channels (data-plane specification, section 6).

A channel is keyed by API id and path in one string, `<api id>/<segment>/…`, so that one dictionary
serves all APIs of a process.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from eventray_core.errors import InvalidChannelError
from eventray_core.limits import MAX_SEGMENT_LENGTH, MAX_SEGMENTS

_SEGMENT = rf"[A-Za-z0-9](?:[A-Za-z0-9-]{{0,{MAX_SEGMENT_LENGTH - 2}}}[A-Za-z0-9])?"
_CHANNEL = re.compile(rf"/?{_SEGMENT}(?:/{_SEGMENT}){{0,{MAX_SEGMENTS - 1}}}/?")
# The `*` counts as one of the five segments (unverified on AWS): deeper patterns could match nothing.
_WILDCARD = re.compile(rf"/?{_SEGMENT}(?:/{_SEGMENT}){{0,{MAX_SEGMENTS - 2}}}/\*/?")
_NAMESPACE = re.compile(_SEGMENT)

ChannelKey = str
"""`<api id>` followed by a canonical path or pattern."""


def is_namespace_name(text: str) -> bool:
    """Whether `text` may name a channel namespace."""
    return _NAMESPACE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Channel:
    """One concrete channel in canonical form, such as `/news/europe`.

    `parse` is the way in from text, so a `Channel` in hand is always valid.
    """

    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a path; the slash at either end may be missing."""
        if _CHANNEL.fullmatch(text) is None:
            raise InvalidChannelError(text)
        return cls("/" + text.strip("/"))

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts between the slashes; the first is the namespace."""
        return tuple(self.path[1:].split("/"))

    @property
    def namespace(self) -> str:
        """The channel namespace's name."""
        return self.path[1:].partition("/")[0]

    def key(self, api_id: str) -> ChannelKey:
        """This channel among those of all APIs."""
        return api_id + self.path

    def __str__(self) -> str:
        return self.path


@dataclass(frozen=True, slots=True)
class ChannelPattern:
    """What a subscription asks for: one channel, or all below a prefix (`/news/*`, any depth)."""

    path: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a path that may end in `/*`."""
        if _CHANNEL.fullmatch(text) is None and _WILDCARD.fullmatch(text) is None:
            raise InvalidChannelError(text)
        return cls("/" + text.strip("/"))

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts between the slashes; the last may be `*`."""
        return tuple(self.path[1:].split("/"))

    @property
    def namespace(self) -> str:
        """The channel namespace's name."""
        return self.path[1:].partition("/")[0]

    @property
    def is_wildcard(self) -> bool:
        """Whether it ends in `*`."""
        return self.path.endswith("/*")

    def matches(self, channel: Channel) -> bool:
        """Whether events of `channel` belong to it.

        `/news/*` does not match `/news` itself (unverified on AWS; `candidate_keys` decides alike).
        """
        if self.is_wildcard:
            return channel.path.startswith(self.path[:-1])
        return channel.path == self.path

    def key(self, api_id: str) -> ChannelKey:
        """This pattern among those of all APIs."""
        return api_id + self.path

    def __str__(self) -> str:
        return self.path


def is_namespace_wide(key: ChannelKey) -> bool:
    """Whether the key is a pattern over a whole namespace, `<api id>/<namespace>/*`."""
    return key.endswith("/*") and key.count("/") == 2


def _prefixes(key: ChannelKey) -> Iterator[ChannelKey]:
    yield key
    cut = key.rfind("/")
    stop = key.find("/")
    while cut > stop:
        yield key[:cut] + "/*"
        cut = key.rfind("/", 0, cut)


@lru_cache(maxsize=65_536)
def candidate_keys(key: ChannelKey) -> tuple[ChannelKey, ...]:
    """The keys of all patterns that match a channel: itself, then wildcards from long to short."""
    return tuple(_prefixes(key))
