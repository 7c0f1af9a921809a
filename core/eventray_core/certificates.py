"""What gateways need to show certificates: values that travel over links and hold private keys.

No key appears in a value's `repr`, so that none gets into a log by accident.
"""

from typing import Any

import msgspec


class ServerCertificate(msgspec.Struct, frozen=True, array_like=True):
    """A certificate that somebody else signed, with its private key, both in PEM.

    `names` are the DNS names, wildcards among them, and the IP addresses that it is good for, in lower
    case. `chain` begins with the certificate itself. The default one is shown to whoever asks for a name
    that no certificate is good for.
    """

    names: tuple[str, ...]
    chain: bytes
    key: bytes
    is_default: bool = False

    def __repr__(self) -> str:
        return f"ServerCertificate({', '.join(self.names)})"

    def __rich_repr__(self) -> Any:
        yield self.names


class Issuer(msgspec.Struct, frozen=True, array_like=True):
    """The local authority as far as it leaves the data directory: what signs certificates for local names.

    `root` is what people trust, without its key. `certificate` is signed by it, may sign no further
    authorities and ends soon; `key` is its private key. All in PEM.
    """

    root: bytes
    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return "Issuer(…)"

    def __rich_repr__(self) -> Any:
        yield "…"


class Certificates(msgspec.Struct, frozen=True, array_like=True):
    """All that gateways may show."""

    issuer: Issuer | None = None
    given: tuple[ServerCertificate, ...] = ()
