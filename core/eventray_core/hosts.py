"""Which API a host name means."""

from collections.abc import Iterable

from eventray_core.api import Api

_STANDARD = ("appsync-api.", "appsync-realtime-api.")


class Hosts:
    """The names of all APIs: standard ones, which begin with the API's id or DNS id, and custom domains.

    `default` is the oldest API, which all other names mean.
    """

    def __init__(self, apis: Iterable[Api] = ()) -> None:
        apis = sorted(apis, key=lambda api: (api.created, api.api_id))
        self.default: Api | None = apis[0] if apis else None
        self._by_label = {api.api_id.lower(): api for api in apis}
        self._by_label |= {api.dns_id.lower(): api for api in apis}
        domains = {domain.lower(): api for api in apis for domain in api.custom_domains}
        self._by_domain = {name: api for name, api in domains.items() if not name.startswith("*")}
        self._by_pattern: dict[str, dict[str, Api]] = {}
        for name, api in domains.items():
            if name.startswith("*"):
                label, _, parent = name.partition(".")
                self._by_pattern.setdefault(parent, {})[label[1:]] = api

    def find(self, host: str) -> Api | None:
        """The API that a request's host name means, which may have a port; None if it is no API's.

        Custom domains go first, those without `*` before those with it. A name in the standard form, such as
        `<id>.appsync-api.…`, whose id nobody has means no API; any other name means the default one.
        """
        name = _without_port(host.lower()).rstrip(".")
        if (api := self._custom(name)) is not None:
            return api
        label, _, rest = name.partition(".")
        if (api := self._by_label.get(label)) is not None:
            return api
        return None if rest.startswith(_STANDARD) else self.default

    def is_custom_domain(self, name: str) -> bool:
        """Whether the host name, in lower case and without a port, was given to an API."""
        return self._custom(name) is not None

    def _custom(self, name: str) -> Api | None:
        if (api := self._by_domain.get(name)) is not None:
            return api
        label, _, parent = name.partition(".")
        patterns = self._by_pattern.get(parent)
        if not patterns or not label:
            return None
        fitting = [end for end in patterns if label.endswith(end) and len(label) > len(end)]
        return patterns[max(fitting, key=len)] if fitting else None


def _without_port(host: str) -> str:
    return host if host.startswith("[") else host.partition(":")[0]
