"""Host names, as certificates have them: in lower case, without a dot at the end."""

import re

MAX_LENGTH = 253
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def normalise(name: str) -> str:
    """The form in which names are compared."""
    return name.lower().removesuffix(".")


def is_dns_name(name: str) -> bool:
    """Whether it is one concrete name in its normal form: no wildcard, and no IPv4 address."""
    if len(name) > MAX_LENGTH or _NAME.fullmatch(name) is None:
        return False
    return not name.rpartition(".")[2].isdecimal()


def is_below(name: str, domain: str) -> bool:
    """Whether the name is the domain's own, or belongs to it."""
    return name == domain or name.endswith("." + domain)


def matches(name: str, pattern: str) -> bool:
    """Whether a certificate for the pattern is good for the name: `*.` covers one label (RFC 6125)."""
    if pattern.startswith("*."):
        return name.partition(".")[2] == pattern[2:]
    return name == pattern
