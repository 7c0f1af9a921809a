"""A signed request in parts, and its canonical form: what its signer must have signed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import quote

ENCODING = ("utf-8", "surrogateescape")
"""Bytes that are not UTF-8 come through as they are."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came: nothing of it is decoded or put in order.

    `path` and `query` (without the `?`) are still percent-encoded, header names are in any case.
    `hosts` are names that may stand in place of the `host` header, for clients that sign another one.
    """

    method: str
    path: str
    query: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    hosts: tuple[str, ...] = ()

    @classmethod
    def of_scope(cls, scope: Mapping[str, Any], body: bytes) -> Self:
        """An ASGI request and its whole body."""
        headers = [(name.decode(*ENCODING), value.decode(*ENCODING)) for name, value in scope["headers"]]
        path, query = scope["raw_path"].decode(*ENCODING), scope["query_string"].decode(*ENCODING)
        return cls(scope["method"], path, query, headers, body)

    def header(self, name: str) -> str | None:
        """The value of the first header of that name, given in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def joined_headers(self) -> dict[str, str]:
        """Each header's values as they are signed: white space squeezed, joined by commas."""
        joined: dict[str, str] = {}
        for name, value in self.headers:
            name, value = name.lower(), " ".join(value.split())
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        return joined


def canonical_request(request: SignedRequest, signed: Sequence[str], headers: Mapping[str, str]) -> str:
    """The canonical form, with the headers that the signer names, in its order.

    The path is one that is already encoded and is encoded again, as all services but S3 have it
    (control-plane specification, section 0, item 9). The body counts by its own hash.
    """
    lines = [f"{name}:{headers.get(name.lower(), '')}" for name in signed]
    digest = hashlib.sha256(request.body).hexdigest()
    path, query = canonical_path(request.path), canonical_query(request.query)
    return "\n".join([request.method.upper(), path, query, *lines, "", ";".join(signed), digest])


def canonical_path(path: str) -> str:
    """Without empty and dot segments, each segment encoded once more."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if kept and path.endswith("/") else ""
    return quote(("/" + "/".join(kept) + end).encode(*ENCODING), safe="/~")


def canonical_query(query: str) -> str:
    """The pairs in order of names, then of values, as they were encoded by the client."""
    if not query:
        return ""
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&"))
    return "&".join(f"{name}={value}" for name, value in pairs)
