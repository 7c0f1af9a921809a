"""How a client shows who it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Authorization(Protocol):
    """One mode of authorization; implement it for modes that are not here.

    It is asked anew for every connection, subscription and publish, so it may renew what expires.
    """

    async def headers(self, url: str, body: bytes) -> Mapping[str, str]:
        """The headers that authorize a POST of `body` to `url`, without `host`.

        `url` is always the API's HTTP endpoint. Over WebSocket no such request is made, but its headers are
        what AppSync wants to see: `body` is then `{}` to connect, and the JSON object with the `channel` (and
        the `events`) to subscribe or publish. Signatures are over exactly these bytes. Must not wait for
        long. Raise `UnavailableError` for what may go better next time; any other error ends the
        subscriptions.
        """
        ...


@dataclass(frozen=True, slots=True)
class ApiKey:
    """Authorization by an API key, `da2-…`."""

    key: str = field(repr=False)

    async def headers(self, url: str, body: bytes) -> Mapping[str, str]:
        """The key, whatever is asked."""
        return {"x-api-key": self.key}
