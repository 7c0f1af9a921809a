"""What the control plane must know of a certificate, and who finds it out."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CertificateContents:
    """A certificate's host names (lower case, maybe with a leading `*.`), times in seconds since 1970.

    `fingerprint` is the SHA-256 of the leaf, as hexadecimal digits. `chain_pem` (leaf first) and `key_pem`
    hold what was read, and nothing else that was in the texts.
    """

    chain_pem: str
    key_pem: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    fingerprint: str


ReadCertificate = Callable[[str, str], CertificateContents]
"""Reads a chain (leaf first) and its private key, both PEM.

Raises `ValueError` with a sentence for the caller if one of them cannot be read, the chain does not hold
together, or the key is another certificate's. Does not judge the times.
"""


def read_no_certificate(_chain_pem: str, _key_pem: str) -> CertificateContents:
    """For a control plane that was given nothing to read certificates with."""
    raise ValueError("This server cannot read certificates.")
