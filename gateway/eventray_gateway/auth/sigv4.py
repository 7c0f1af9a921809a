"""AWS Signature Version 4 in the `Authorization` header: who signed a request.

Pure functions over the parts of a request. The management API passes the request as it came; for the
operations of a WebSocket the request is one that the client signed and never sent
(data-plane specification, section 7.3).
"""

import functools
import hashlib
import hmac
import ipaddress
from collections.abc import Iterator
from typing import Protocol
from urllib.parse import urlsplit

from eventray_core.iam import AccessKey, Principal, Refusal
from eventray_gateway.auth.signed_request import ENCODING, SignedRequest, canonical_request
from eventray_gateway.auth.sigv4_header import (
    ALGORITHM,
    TERMINATOR,
    RefusedError,
    SignatureHeader,
    check_scope,
    invalid,
    parse_header,
)

__all__ = ["AccessKeys", "SignedRequest", "authenticate"]

_TOKEN = "x-amz-security-token"
_CONTENT_HASH = "x-amz-content-sha256"
_CACHED_SIGNING_KEYS = 1_024


class AccessKeys(Protocol):
    """Where keys are found; `eventray_core.iam.IamCatalog` is one."""

    def find(self, access_key_id: str) -> tuple[AccessKey, Principal] | None:
        """The key of that id, and whose it is."""


def authenticate(request: SignedRequest, keys: AccessKeys, now: float) -> Principal | Refusal:
    """Who signed the request, or why nobody did; `now` is seconds since 1970.

    The host, the date and the body must be signed. `UNSIGNED-PAYLOAD` is refused: no client of AppSync
    uses it, and a request may come over a plain connection. That the date is signed follows from its
    part in what is signed, in whatever header it came.
    """
    try:
        header = parse_header(request)
        check_scope(header, now)
        key, principal = _known_key(request, keys, header.access_key_id, now)
        if key.local_only:
            _check_local(request)
        _check_content_hash(request)
        _check_signature(request, header, key.secret)
    except RefusedError as error:
        return _printable(error.refusal)
    return principal


def _printable(refusal: Refusal) -> Refusal:
    """What clients sent may not be UTF-8, but answers are."""
    text = refusal.message.encode(*ENCODING).decode("utf-8", "replace")
    return Refusal(refusal.status, refusal.error_type, text)


def _known_key(
    request: SignedRequest, keys: AccessKeys, access_key_id: str, now: float
) -> tuple[AccessKey, Principal]:
    """The key, if it is active and the session token is its own; only a temporary key has one."""
    found = keys.find(access_key_id)
    token = (request.header(_TOKEN) or "").encode(*ENCODING)
    if (
        found is None
        or not found[0].active
        or not hmac.compare_digest(token, found[0].session_token.encode())
    ):
        text = "The security token included in the request is invalid."
        raise RefusedError(Refusal(403, "UnrecognizedClientException", text))
    if found[0].expires is not None and found[0].expires <= now:
        text = "The security token included in the request is expired"
        raise RefusedError(Refusal(403, "ExpiredTokenException", text))
    return found


def _check_local(request: SignedRequest) -> None:
    """A browser tells of a page from elsewhere: by `Origin`, or by the name that has led it here."""
    hosts = [value for name, value in request.headers if name.lower() == "host"]
    origins = [value for name, value in request.headers if name.lower() == "origin"]
    if not all(is_local(url) for url in [*(f"//{host}" for host in hosts), *origins]):
        text = "This access key is for development: it is good at local addresses and for local pages only."
        raise RefusedError(Refusal(403, "UnrecognizedClientException", text))


def is_local(url: str) -> bool:
    """Whether the host of a URL means this machine to every browser."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_content_hash(request: SignedRequest) -> None:
    given = request.header(_CONTENT_HASH)
    if given is None or given == hashlib.sha256(request.body).hexdigest():
        return
    if given == "UNSIGNED-PAYLOAD" or given.startswith("STREAMING-"):
        raise invalid(f"The payload must be signed: {_CONTENT_HASH} must be the SHA-256 of the body, in hex.")
    raise invalid(f"The provided '{_CONTENT_HASH}' header does not match what was computed.")


def _check_signature(request: SignedRequest, header: SignatureHeader, secret: str) -> None:
    key = signing_key(secret, header.date, header.region, header.service)
    given = header.signature.encode(*ENCODING)
    for canonical in _canonical_requests(request, header):
        signature = hmac.new(key, _string_to_sign(header, canonical).encode(), "sha256").hexdigest()
        if hmac.compare_digest(signature.encode(), given):
            return
    raise invalid(_mismatch(request, header))


def _canonical_requests(request: SignedRequest, header: SignatureHeader) -> Iterator[str]:
    headers = request.joined_headers()
    yield canonical_request(request, header.signed_headers, headers)
    for host in request.hosts:
        yield canonical_request(request, header.signed_headers, {**headers, "host": host})


def _string_to_sign(header: SignatureHeader, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode(*ENCODING)).hexdigest()
    return "\n".join([ALGORITHM, header.timestamp, header.scope, digest])


@functools.lru_cache(_CACHED_SIGNING_KEYS)
def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    """The key for all requests of a day; kept, since it costs four times as much as using it."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def _mismatch(request: SignedRequest, header: SignatureHeader) -> str:
    """AWS's text, so that the two sides' strings can be compared; the session token is left out of it."""
    headers = request.joined_headers()
    canonical = canonical_request(request, header.signed_headers, headers)
    shown = canonical_request(request, header.signed_headers, {**headers, _TOKEN: "(withheld)"})
    return (
        "The request signature we calculated does not match the signature you provided. Check your AWS "
        "Secret Access Key and signing method. Consult the service documentation for details.\n\n"
        f"The Canonical String for this request should have been\n'{shown}'\n\n"
        f"The String-to-Sign should have been\n'{_string_to_sign(header, canonical)}'\n"
    )
