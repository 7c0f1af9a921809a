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
    """Whether the name falls under the pattern: `*.` covers one label (RFC 6125), `*-x.` its beginning.

    The second form is one that custom domain names may have, and that no client accepts in a certificate.
    """
    if not pattern.startswith("*"):
        return name == pattern
    end, _, parent = pattern[1:].partition(".")
    label, _, above = name.partition(".")
    return above == parent and label.endswith(end) and len(label) > len(end)
