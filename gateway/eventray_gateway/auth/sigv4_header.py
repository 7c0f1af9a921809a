"""What the `Authorization` header of a signed request says, before anyone knows whether it is true."""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from eventray_core.iam import Refusal
from eventray_gateway.auth.signed_request import SignedRequest

ALGORITHM = "AWS4-HMAC-SHA256"
SERVICE = "appsync"
TERMINATOR = "aws4_request"
CLOCK_SKEW = timedelta(minutes=5)
ISO_BASIC = "%Y%m%dT%H%M%SZ"

_PARAMETERS = ("Credential", "SignedHeaders", "Signature")
_REGION = re.compile(r"[A-Za-z0-9-]{1,64}")
"""Any region will do, since clients configure what they like; the length bounds what is kept of it."""


class RefusedError(Exception):
    """The request is refused; inside of this package only."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class SignatureHeader:
    """A header that has all its parts. `timestamp` is the text that was signed."""

    access_key_id: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    moment: datetime

    @property
    def scope(self) -> str:
        """The credential scope without the key's id."""
        return "/".join((self.date, self.region, self.service, self.terminator))


def incomplete(message: str) -> RefusedError:
    """The header lacks something."""
    return RefusedError(Refusal(400, "IncompleteSignatureException", message))


def invalid(message: str) -> RefusedError:
    """The signature cannot be right."""
    return RefusedError(Refusal(403, "InvalidSignatureException", message))


def parse_header(request: SignedRequest) -> SignatureHeader:
    """Read the header and the request's date. Raises `RefusedError`."""
    text = (request.header("authorization") or "").strip()
    if not text:
        raise RefusedError(
            Refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        )
    algorithm, _, rest = text.partition(" ")
    if algorithm != ALGORITHM:
        raise incomplete(
            f"Unsupported authorization type: the Authorization header must begin with {ALGORITHM}."
        )
    parameters = _parameters(rest)
    timestamp = request.header("x-amz-date") or request.header("date")
    _complain_of_missing(parameters, timestamp, text)
    credential = parameters["Credential"].split("/")
    if len(credential) != 5:
        raise incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"but has {len(credential)}."
        )
    moment = _moment(timestamp or "")
    access_key_id, date, region, service, terminator = credential
    return SignatureHeader(
        access_key_id=access_key_id,
        date=date,
        region=region,
        service=service,
        terminator=terminator,
        signed_headers=tuple(parameters["SignedHeaders"].split(";")),
        signature=parameters["Signature"],
        timestamp=moment.strftime(ISO_BASIC),
        moment=moment,
    )


def _parameters(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals:
            raise incomplete("Not a valid key=value pair (missing equal-sign) in Authorization header.")
        found[name] = value
    return found


def _complain_of_missing(parameters: dict[str, str], timestamp: str | None, header: str) -> None:
    """All that is missing, in AWS's sentences. The header is not repeated, only its hash, as AWS does."""
    missing = [
        f"Authorization header requires '{n}' parameter." for n in _PARAMETERS if not parameters.get(n)
    ]
    if not timestamp:
        missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if missing:
        digest = base64.b64encode(hashlib.sha256(header.encode("utf-8", "surrogateescape")).digest()).decode()
        hashed = f"(Hashed with SHA-256 and encoded with Base64) Authorization={digest}"
        raise incomplete(" ".join([*missing, hashed]))


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, ISO_BASIC).replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise incomplete("Date must be in ISO-8601 'basic format', such as 20260131T235959Z.") from None


def check_scope(header: SignatureHeader, now: float) -> None:
    """The credential scope is one of ours, and the date near enough. Raises `RefusedError`."""
    if header.service != SERVICE:
        raise invalid(f"Credential should be scoped to correct service: '{SERVICE}'.")
    if header.terminator != TERMINATOR:
        raise invalid(f"Credential should be scoped with a valid terminator: '{TERMINATOR}'.")
    if not _REGION.fullmatch(header.region):
        raise invalid("Credential should be scoped to a valid region.")
    if header.date != header.timestamp[:8]:
        raise invalid(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{header.date[:16]}' != '{header.timestamp[:8]}', from '{header.timestamp}'."
        )
    if not {"host", ":authority"} & {name.lower() for name in header.signed_headers}:
        raise invalid("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
    _check_clock(header, datetime.fromtimestamp(now, UTC))


def _check_clock(header: SignatureHeader, now: datetime) -> None:
    signed, current = header.timestamp, now.strftime(ISO_BASIC)
    oldest, newest = now - CLOCK_SKEW, now + CLOCK_SKEW
    minutes = int(CLOCK_SKEW.total_seconds()) // 60
    if header.moment < oldest:
        limit = oldest.strftime(ISO_BASIC)
        raise invalid(f"Signature expired: {signed} is now earlier than {limit} ({current} - {minutes} min.)")
    if header.moment > newest:
        limit = newest.strftime(ISO_BASIC)
        raise invalid(
            f"Signature not yet current: {signed} is still later than {limit} ({current} + {minutes} min.)"
        )
