"""Namespaces as they were: what a gateway has judged by an earlier configuration goes on by that one."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from eventray_core.api import Api
from eventray_core.catalog import Catalog
from eventray_core.link.envelopes import ConfigChanged
from eventray_core.namespace import ChannelNamespace


@dataclass(frozen=True, slots=True)
class _Replaced:
    """What a namespace was before a version of the configuration; `at` is when that came."""

    version: int
    at: float
    api_id: str
    namespace: ChannelNamespace


class EarlierNamespaces:
    """The catalog of one shard, and what was in it for the last `keep` seconds.

    Whoever waits for longer than that has got its answer already.
    """

    def __init__(self, catalog: Catalog, keep: float) -> None:
        self._catalog = catalog
        self._keep = keep
        self._replaced: deque[_Replaced] = deque()

    def take(self, change: ConfigChanged, now: float) -> None:
        """Take a change over into the catalog."""
        while self._replaced and self._replaced[0].at < now - self._keep:
            self._replaced.popleft()
        before = [api for api in self._touched(change) if api is not None]
        self._catalog.take(change.version, change.whole, change.changed, change.removed)
        for api in before:
            for namespace in self._gone(api):
                self._replaced.append(_Replaced(change.version, now, api.api_id, namespace))

    def _touched(self, change: ConfigChanged) -> Iterable[Api | None]:
        if change.whole:
            return list(self._catalog)
        return [self._catalog.get(i) for i in (*(api.api_id for api in change.changed), *change.removed)]

    def _gone(self, before: Api) -> list[ChannelNamespace]:
        after = self._catalog.get(before.api_id)
        now = after.namespaces if after is not None else {}
        return [each for name, each in before.namespaces.items() if now.get(name) != each]

    def find(self, api_id: str, path: str, config_version: int) -> ChannelNamespace | None:
        """The namespace of a channel or pattern in that version of the configuration."""
        name = path[1:].partition("/")[0]
        if config_version < self._catalog.version:
            for each in self._replaced:
                if each.version > config_version and (each.api_id, each.namespace.name) == (api_id, name):
                    return each.namespace
        api = self._catalog.get(api_id)
        return api.namespaces.get(name) if api is not None else None
