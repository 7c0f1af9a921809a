"""Puts the page together, and says what a browser may let it do."""

import base64
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

CERTIFICATE_PATH = "/ca.pem"
"""Where the page offers the certificate authority."""


@dataclass(frozen=True, slots=True)
class Page:
    """An HTML document with its headers. It holds nothing that a stranger may not see: no key above all."""

    body: bytes
    headers: dict[str, str]


@cache
def landing_page(has_authority: bool) -> Page:
    """The page; with `has_authority` it offers the server's certificate authority as a file."""
    parts = {
        "style": _part("page.css"),
        "script": _part("page.js"),
        "trust": _part("trust.html") if has_authority else "",
    }
    # Not `format`: style and script are full of braces.
    text = re.sub(r"\{(style|script|trust)\}", lambda match: parts[match[1]], _part("page.html"))
    return Page(text.encode(), _headers(parts["style"], parts["script"]))


def _part(name: str) -> str:
    return (files("eventray_gateway.landing") / name).read_text("utf-8")


def _headers(style: str, script: str) -> dict[str, str]:
    """Only the page's own script and style run, and they reach only this server."""
    policy = {
        "default-src": "'none'",
        "script-src": _hash(script),
        "style-src": _hash(style),
        "img-src": "data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cache-control": "no-cache",
    }


def _hash(text: str) -> str:
    """How a policy names an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
